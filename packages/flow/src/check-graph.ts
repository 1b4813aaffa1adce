import { exitsOf, type FlowDefinition, type FlowNode } from './definition.ts';
import type { FlowFault } from './fault-collector.ts';

/** Where the names of a node stand: path below the node, and name. */
function namedExits(node: FlowNode): readonly { path: readonly (string | number)[]; name: string }[] {
  switch (node.type) {
    case 'say':
    case 'set':
      return [{ path: ['next'], name: node.next }];
    case 'hours':
      return [
        { path: ['open'], name: node.open },
        { path: ['closed'], name: node.closed },
      ];
    case 'customer':
      return [
        { path: ['valued'], name: node.valued },
        { path: ['others'], name: node.others },
      ];
    case 'menu':
      return [
        ...node.options.map((option, index) => ({ path: ['options', index, 'next'], name: option.next })),
        { path: ['onInvalid'], name: node.onInvalid },
        { path: ['onTimeout'], name: node.onTimeout },
      ];
    case 'queue':
    case 'end':
      return [];
  }
}

function danglingFaults(flow: FlowDefinition): FlowFault[] {
  const list = [...flow.nodes.keys()].slice(0, 10).join(', ');
  const fault = (path: FlowFault['path'], name: string) => ({ path, message: `there is no node "${name}"`, remedy: `Add it, or name one of: ${list}.` });
  const faults = flow.nodes.has(flow.start) ? [] : [fault(['start'], flow.start)];
  for (const [name, node] of flow.nodes) {
    for (const exit of namedExits(node)) {
      if (!flow.nodes.has(exit.name)) faults.push(fault(['nodes', name, ...exit.path], exit.name));
    }
  }
  return faults;
}

function reachableFrom(start: string, exits: (name: string) => readonly string[]): Set<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...exits(name));
  }
  return seen;
}

/** Nodes that pass on at once: a circle of only these would spin without the customer doing anything. */
function passesAtOnce(node: FlowNode | undefined): boolean {
  return node?.type === 'set' || node?.type === 'hours' || node?.type === 'customer';
}

/**
 * Faults of the ways between nodes: names that lead nowhere; then, when there are none, nodes that nothing leads to,
 * circles without a wait, and nodes from which no way leads to a queue or an end.
 */
export function findGraphFaults(flow: FlowDefinition): FlowFault[] {
  const dangling = danglingFaults(flow);
  if (dangling.length > 0) return dangling;
  const exits = (name: string): readonly string[] => {
    const node = flow.nodes.get(name);
    return node === undefined ? [] : exitsOf(node);
  };
  const reached = reachableFrom(flow.start, exits);
  return [...flow.nodes].flatMap(([name, node]): FlowFault[] => {
    const path = ['nodes', name];
    if (!reached.has(name)) return [{ path, message: 'no way leads here', remedy: 'Lead a node to it, or take it out.' }];
    if (passesAtOnce(node)) {
      const silent = (from: string) => exits(from).filter((exit) => passesAtOnce(flow.nodes.get(exit)));
      if (silent(name).some((exit) => reachableFrom(exit, silent).has(name))) {
        return [{ path, message: 'it leads back to itself without a prompt or a menu in between', remedy: 'Break the circle, or put a say or menu node into it.' }];
      }
    }
    const leavesTheFlow = [...reachableFrom(name, exits)].some((to) => exits(to).length === 0);
    return leavesTheFlow ? [] : [{ path, message: 'no way leads from here to a queue or an end', remedy: 'Lead one of its exits to a queue or end node.' }];
  });
}
