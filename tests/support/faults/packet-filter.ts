import { spawnSync } from 'node:child_process';

/** Groups that the processes of a run have, so that the filter can tell their connections apart. */
export const groups = { replica: (index: number) => 2_001 + index, server: (index: number) => 3_001 + index };

function nft(rules: string): void {
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: rules, encoding: 'utf8' });
  if (status !== 0) throw new Error(`nft: ${stderr}`);
}

/** A packet filter in this network namespace: drops packets of both directions without a word, as a broken line does. */
export interface PacketFilter {
  /** Cuts a replica of routing off from everybody. */
  cutReplica(index: number): void;
  /** Cuts a server off from the others, but not from its clients. */
  cutServer(index: number): void;
  heal(): void;
}

/**
 * Tags each connection with the group of the process that opened it; before any is opened, since of one that is under way
 * nobody can tell who began it.
 * @param routePortOf where a server listens for the others
 */
export function createPacketFilter(routePortOf: (index: number) => number | undefined): PacketFilter {
  const tagged = [...[0, 1, 2].map(groups.server), ...[0, 1].map(groups.replica)];
  const tags = tagged.map((gid) => `ct direction original meta skgid ${String(gid)} ct mark set ${String(gid)};`);
  nft(`table inet faults {\n chain tagging { type filter hook output priority -10; policy accept;\n${tags.join('\n')}\n }\n chain cut { type filter hook output priority 0; policy accept; }\n}\n`);
  const drop = (...matches: string[]) => {
    nft(matches.map((match) => `add rule inet faults cut ${match} drop\n`).join(''));
  };
  return {
    cutReplica: (index) => void drop(`ct mark ${String(groups.replica(index))}`),
    cutServer(index) {
      const port = String(routePortOf(index));
      drop(`ct mark ${String(groups.server(index))}`, `tcp dport ${port}`, `tcp sport ${port}`);
    },
    heal: () => void nft('flush chain inet faults cut\n'),
  };
}
