import { parser } from '@prometheus-io/lezer-promql';

/** A metric that an expression reads. */
export interface ReadMetric {
  readonly name: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/** What a PromQL expression reads and groups by. */
export interface ReadExpression {
  readonly metrics: readonly ReadMetric[];
  /** Labels of `by (…)`, `on (…)` and the like. */
  readonly grouping: readonly string[];
  /** Where it cannot be parsed: places in the text. */
  readonly faults: readonly number[];
}

/** Parses an expression by Prometheus's own grammar for editors. */
export function readExpression(text: string): ReadExpression {
  const metrics: { name: string; matchers: { label: string; operator: string; value: string }[] }[] = [];
  const grouping: string[] = [];
  const faults: number[] = [];
  const labelsInGroup = new Set<number>();
  parser.parse(text).iterate({
    enter(node) {
      const words = text.slice(node.from, node.to);
      if (node.type.isError) faults.push(node.from);
      else if (node.name === 'VectorSelector') metrics.push({ name: '', matchers: [] });
      else if (node.name === 'Identifier' && node.node.parent?.name === 'VectorSelector') metrics.at(-1)!.name = words;
      else if (node.name === 'UnquotedLabelMatcher') metrics.at(-1)!.matchers.push({ label: '', operator: '', value: '' });
      else if (node.name === 'LabelName' && node.node.parent?.name === 'UnquotedLabelMatcher') metrics.at(-1)!.matchers.at(-1)!.label = words;
      else if (node.name === 'MatchOp') metrics.at(-1)!.matchers.at(-1)!.operator = words;
      else if (node.name === 'StringLiteral' && node.node.parent?.name === 'UnquotedLabelMatcher') metrics.at(-1)!.matchers.at(-1)!.value = words.slice(1, -1);
      else if (node.name === 'LabelName' && node.node.parent?.name === 'GroupingLabels' && !labelsInGroup.has(node.from)) {
        labelsInGroup.add(node.from);
        grouping.push(words);
      }
    },
  });
  return { metrics, grouping, faults };
}
