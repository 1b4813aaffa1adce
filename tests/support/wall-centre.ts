import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { connectBus } from '@patchbay/bus/connection';
import { createRpcClient } from '@patchbay/bus/rpc-client';
import type { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import { AgentServiceDefinition } from '@patchbay/contracts/agent/v1/agent_service';
import { DirectoryServiceDefinition } from '@patchbay/contracts/directory/v1/directory_service';
import { Role } from '@patchbay/contracts/directory/v1/resource';
import { startStack } from '@patchbay/local/stack/stack';
import { silentLogger } from '@patchbay/runtime/logger';
import { createMetrics } from '@patchbay/runtime/metrics';
import { agentActor } from './robot-centre.ts';

const tenant = 'demo';
const teams = ['一组', '二组', '三组', '四组', '五组', '夜班组'].map((title, place) => ({ name: `team-${String(place + 1)}`, title }));
const queues = [
  ['billing', '账单', 'Billing'],
  ['fault', '故障', 'Faults'],
  ['business', '业务办理', 'Orders'],
  ['complaint', '投诉', 'Complaints'],
] as const;
const firstNumber = 10_001;
const leaseMs = 120_000;
/** Agents applied, and agents signed in, at once. */
const batch = 50;

/** Ids of the agents: their numbers. */
export const wallAgents = (count: number): string[] => Array.from({ length: count }, (_, place) => String(firstNumber + place));

function yamlOf(agents: readonly string[]): string {
  return agents
    .map((id) => {
      const place = Number(id) - firstNumber;
      const team = teams[place % teams.length]?.name ?? '';
      const [queue] = queues[place % queues.length] ?? queues[0];
      return `kind: Agent\nname: "${id}"\nspec: {displayName: "坐席 ${id}", agentNo: "${id}", team: ${team}, queues: [${queue}], capacity: {webchat: 1}}`;
    })
    .join('\n---\n');
}

const centreYaml = (password: string) =>
  [
    ...queues.map(([name, zh, en]) => `kind: Queue\nname: ${name}\nspec: {titles: {zh-CN: ${zh}, en: ${en}}, serviceLevel: {seconds: 20, pct: 80}}`),
    ...teams.map(({ name, title }) => `kind: Team\nname: ${name}\nspec: {titles: {zh-CN: ${title}}}`),
    `kind: User\nname: lead\nspec: {displayName: 班长, roles: [team_lead], leads: [${teams.map(({ name }) => name).join(', ')}], initialPassword: ${password}}`,
  ].join('\n---\n');

/** Desk, routing and directory as processes of their own, with so many agents, all signed in and not ready. */
export async function startWallCentre(agentCount: number) {
  const home = await mkdtemp(join(tmpdir(), 'patchbay-wall-'));
  // The longest lease there is: what is looked at is the wall, not the presence.
  const stack = await startStack({ home, freePorts: true, demo: false, kafka: false, services: ['directory', 'routing', 'desk'], env: { PATCHBAY_AGENT_LEASE_MS: String(leaseMs) } });
  const bus = await connectBus({ servers: stack.addresses.nats, name: 'test', log: silentLogger, metrics: createMetrics('test') });
  const agents = createRpcClient(bus, AgentServiceDefinition);
  const ids = wallAgents(agentCount);
  const password = randomBytes(9).toString('hex');
  const asAgent = (agentId: string) => ({ tenant, actor: agentActor(agentId), timeoutMs: 20_000 });

  async function inBatches(work: (some: readonly string[]) => Promise<unknown>): Promise<void> {
    for (let at = 0; at < ids.length; at += batch) await work(ids.slice(at, at + batch));
  }

  const directory = createRpcClient(bus, DirectoryServiceDefinition);
  const admin = { tenant, actor: { subject: 'user:admin', kind: 'user', roles: [Role.ADMIN] }, timeoutMs: 60_000 } as const;
  await directory.applyResources({ files: [{ name: 'centre.yaml', yaml: centreYaml(password) }] }, admin);
  await inBatches((some) => directory.applyResources({ files: [{ name: 'agents.yaml', yaml: yamlOf(some) }] }, admin));
  const sessions = new Map<string, string>();
  const signIn = async (agentId: string) => sessions.set(agentId, (await agents.signIn({ agentId, device: 'web' }, asAgent(agentId))).sessionId);
  await inBatches((some) => Promise.all(some.map(signIn)));
  const stopping = new AbortController();
  const beats = (async () => {
    while (!stopping.signal.aborted) {
      // The pause is broken off when the centre stops; a beat that fails fails the test when it ends.
      await setTimeout(leaseMs / 4, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) await inBatches((some) => Promise.all(some.map((agentId) => agents.heartbeat({ agentId, sessionId: sessions.get(agentId) ?? '' }, asAgent(agentId)))));
    }
  })();
  return {
    stack,
    bus,
    tenant,
    ids,
    password,
    url: stack.addresses.desk,
    /** The agent itself changes its state. */
    setState: (agentId: string, state: AgentState, reason: string) => agents.setState({ agentId, state, reason }, asAgent(agentId)),
    async stop() {
      stopping.abort();
      await beats;
      await bus.drain();
      await stack.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export type WallCentre = Awaited<ReturnType<typeof startWallCentre>>;
