/** A node of the tree that DuckDB's `json_serialize_sql` gives; only what is looked at here is named. */
type Node = Readonly<Record<string, unknown>>;

/** Table functions that make rows out of their arguments alone: no file, no setting, no catalogue. */
const rowMakers: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest']);

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const named = (...names: unknown[]) => names.some((name) => typeof name === 'string' && name !== '');

interface NamedQuery {
  readonly key: string;
  readonly value: unknown;
}

function namedQueriesOf(node: Node): readonly NamedQuery[] {
  const map = isNode(node['cte_map']) ? node['cte_map']['map'] : undefined;
  return Array.isArray(map) ? (map as NamedQuery[]) : [];
}

function isRecursive({ value }: NamedQuery): boolean {
  const query = isNode(value) && isNode(value['query']) ? value['query']['node'] : undefined;
  return isNode(query) && query['type'] === 'RECURSIVE_CTE_NODE';
}

/** What is wrong with one reference to rows; undefined when it is none or a good one. */
function faultOf(node: Node, known: ReadonlySet<string>): string | undefined {
  switch (node['type']) {
    case 'BASE_TABLE':
      if (named(node['schema_name'], node['catalog_name'])) return 'name tables and views without their schema or database';
      return known.has(String(node['table_name']).toLowerCase()) ? undefined : 'only the tables and views of the warehouse are read';
    case 'TABLE_FUNCTION': {
      const called = isNode(node['function']) ? node['function'] : {};
      const isPlain = rowMakers.has(String(called['function_name']).toLowerCase()) && !named(called['catalog'], called['schema']);
      return isPlain ? undefined : 'only range, generate_series and unnest make rows';
    }
    // DESCRIBE and SUMMARIZE carry the query that they are about; SHOW TABLES and its kin list what is not the tenant's.
    case 'SHOW_REF':
      return isNode(node['query']) ? undefined : 'the catalogue is not listed';
    default:
      return undefined;
  }
}

/**
 * Why a statement may not be run for a tenant; undefined when it may. It is judged by DuckDB's own parse tree, since no
 * pattern over the text sees through its comments and three ways of quoting.
 * @param tree what `json_serialize_sql` says of the statement
 * @param readable tables and views that may be read, in lower case
 */
export function refusalOf(tree: unknown, readable: ReadonlySet<string>): string | undefined {
  if (!isNode(tree) || tree['error'] !== false || !Array.isArray(tree['statements'])) return 'the statement is no SELECT that can be read';
  if (tree['statements'].length !== 1) return 'send exactly one statement';
  return walk(tree['statements'], readable);
}

function walk(value: unknown, known: ReadonlySet<string>): string | undefined {
  if (Array.isArray(value)) return firstFault(value, known);
  if (!isNode(value)) return undefined;
  const scope = new Set(known);
  for (const query of namedQueriesOf(value)) {
    // A name means its WITH only after its own definition, unless that is recursive: before, it means a table.
    const fault = walk(query.value, isRecursive(query) ? new Set([...scope, query.key.toLowerCase()]) : scope);
    if (fault !== undefined) return fault;
    scope.add(query.key.toLowerCase());
  }
  return faultOf(value, scope) ?? firstFault(Object.entries(value).flatMap(([name, field]) => (name === 'cte_map' ? [] : [field])), scope);
}

function firstFault(values: readonly unknown[], known: ReadonlySet<string>): string | undefined {
  for (const value of values) {
    const fault = walk(value, known);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
