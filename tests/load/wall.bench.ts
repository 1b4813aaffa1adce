import { setTimeout } from 'node:timers/promises';
import { watchFacts } from '@patchbay/bus/watch-facts';
import { AgentState } from '@patchbay/contracts/agent/v1/agent_event';
import type { CDPSession } from 'playwright-core';
import { launchBrowser, openWindow, signInToDesk } from '../support/browser.ts';
import { startWallCentre, type WallCentre } from '../support/wall-centre.ts';
import { percentile, tenth } from './measure.ts';
import { cpuMsOf } from './process-cpu.ts';

const agentCount = 1_000;
const updatesPerSecond = 200;
const tickMs = 50;
const warmUpMs = 10_000;
const measureMs = 60_000;
const coolDownMs = 2_000;
/** Linux counts CPU time of processes in hundredths of a second (proc(5), USER_HZ). */

/** What the page notes: when a card first showed a reason, and tasks that kept it from drawing (Long Tasks API: over 50 ms). */
interface Notes {
  seen: Record<string, number>;
  longTasksMs: number[];
}

/** The browser's names that the script below uses; benches are compiled without its types. */
interface PageScope {
  patchbayNotes: Notes;
  document: { querySelector(selector: string): unknown };
  requestAnimationFrame(done: () => void): void;
  MutationObserver: new (changed: (records: { target: { textContent: string | null } }[]) => void) => { observe(target: unknown, what: object): void };
  PerformanceObserver: new (seen: (list: { getEntries(): { duration: number }[] }) => void) => { observe(what: object): void };
}

/** Runs in the page. The change is made in one frame and noted in the next: by then it has been drawn. */
function takeNotes(): void {
  const page = globalThis as unknown as PageScope;
  const notes: Notes = { seen: {}, longTasksMs: [] };
  page.patchbayNotes = notes;
  new page.PerformanceObserver((list) => void notes.longTasksMs.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
  const grid = page.document.querySelector('[data-testid="agent-grid"]');
  new page.MutationObserver((records) => {
    const reasons = records.map(({ target }) => /u\d+/.exec(target.textContent ?? '')?.[0]).filter((reason) => reason !== undefined);
    page.requestAnimationFrame(() => {
      for (const reason of reasons) notes.seen[reason] ??= Date.now();
    });
  }).observe(grid, { subtree: true, childList: true, characterData: true });
}

/** Agents change state one after the other, again and again, at a steady rate; each change has a reason of its own. */
async function stir(centre: WallCentre, forMs: number, count: { next: number; failed: number }): Promise<Map<string, number>> {
  const askedMs = new Map<string, number>();
  const answers: Promise<unknown>[] = [];
  const untilMs = Date.now() + forMs;
  const fromMs = Date.now();
  let done = 0;
  while (Date.now() < untilMs) {
    await setTimeout(tickMs);
    const due = Math.floor(((Date.now() - fromMs) / 1_000) * updatesPerSecond);
    for (; done < due; done += 1) {
      count.next += 1;
      const reason = `u${count.next}`;
      // 7 and the number of agents have no common factor: everybody's turn comes, neighbours do not come together.
      const agentId = centre.ids[(count.next * 7) % centre.ids.length] ?? '';
      askedMs.set(reason, Date.now());
      answers.push(centre.setState(agentId, count.next % 2 === 0 ? AgentState.BREAK : AgentState.NOT_READY, reason).catch(() => (count.failed += 1)));
    }
  }
  await Promise.all(answers);
  return askedMs;
}

/** When the fact of each reason was made, by its own time. */
function followFacts(centre: WallCentre) {
  const stopping = new AbortController();
  const factMs = new Map<string, number>();
  const ended = (async () => {
    for await (const fact of watchFacts(centre.bus, { tenant: centre.tenant, domains: ['agent'], signal: stopping.signal })) {
      if (fact.type === 'patchbay.agent.v1.AgentStateChanged') factMs.set(fact.event.reason, fact.timeMs);
    }
  })();
  return {
    factMs,
    async stop(): Promise<void> {
      stopping.abort();
      await ended;
    },
  };
}

async function usedHeapBytes(devTools: CDPSession): Promise<number> {
  // Twice: the first run may only make ready what the second lets go.
  await devTools.send('HeapProfiler.collectGarbage');
  await devTools.send('HeapProfiler.collectGarbage');
  return (await devTools.send('Runtime.getHeapUsage')).usedSize;
}

async function pageSeconds(devTools: CDPSession): Promise<Record<string, number>> {
  const { metrics } = await devTools.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

function row(from: string, waits: number[]): Record<string, unknown> {
  waits.sort((left, right) => left - right);
  return { from, samples: waits.length, p50Ms: percentile(waits, 0.5), p95Ms: percentile(waits, 0.95), p99Ms: percentile(waits, 0.99), maxMs: waits.at(-1) };
}

/**
 * A wall with 1,000 agents of which 200 a second change their state, through routing, NATS and the desk, in a real browser:
 * time from the fact to the picture for the agents in sight, and what it costs the page.
 */
export async function bench(emit: (row: Record<string, unknown>) => void): Promise<void> {
  const centre = await startWallCentre(agentCount);
  const browser = await launchBrowser();
  try {
    const { context, page, faults } = await openWindow(browser, { width: 1920, height: 1080 });
    await signInToDesk(page, { url: centre.url, user: 'lead', password: centre.password, path: '/wall' });
    await page.getByTestId('agent-card').first().waitFor();
    const devTools = await context.newCDPSession(page);
    await devTools.send('Performance.enable');
    const count = { next: 0, failed: 0 };
    await stir(centre, warmUpMs, count);

    const facts = followFacts(centre);
    await page.evaluate(takeNotes);
    const [heapBytes, before, deskBefore] = [await usedHeapBytes(devTools), await pageSeconds(devTools), cpuMsOf(centre.stack.pid('desk') ?? 0)];
    const askedMs = await stir(centre, measureMs, count);
    const [after, deskAfter] = [await pageSeconds(devTools), cpuMsOf(centre.stack.pid('desk') ?? 0)];
    // Those asked for last are still on their way: without them the slowest would be left out.
    await stir(centre, coolDownMs, count);
    const notes = await page.evaluate(() => (globalThis as unknown as PageScope).patchbayNotes);
    await page.evaluate(() => void ((globalThis as unknown as PageScope).patchbayNotes.seen = {}));
    const grownBytes = (await usedHeapBytes(devTools)) - heapBytes;
    await facts.stop();

    const seconds = measureMs / 1_000;
    const share = (name: string) => tenth((100 * ((after[name] ?? 0) - (before[name] ?? 0))) / seconds);
    const waits = (start: ReadonlyMap<string, number>) => Object.entries(notes.seen).flatMap(([reason, seenMs]) => (askedMs.has(reason) && start.has(reason) ? [seenMs - (start.get(reason) ?? 0)] : []));
    emit({ agents: agentCount, drawn: await page.getByTestId('agent-card').count(), updates: askedMs.size, updatesPerSecond: tenth(askedMs.size / seconds), failed: count.failed, seconds });
    emit({ what: 'fact to pixel', ...row('fact', waits(facts.factMs)) });
    emit({ what: 'request to pixel', ...row('request', waits(askedMs)) });
    emit({ what: 'long tasks', count: notes.longTasksMs.length, longestMs: tenth(Math.max(0, ...notes.longTasksMs)), totalMs: tenth(notes.longTasksMs.reduce((sum, ms) => sum + ms, 0)) });
    emit({ what: 'heap after collection', beforeMib: tenth(heapBytes / 2 ** 20), grownMib: tenth(grownBytes / 2 ** 20) });
    emit({ what: 'CPU, percent of one core', page: share('TaskDuration'), script: share('ScriptDuration'), layout: share('LayoutDuration'), style: share('RecalcStyleDuration'), desk: tenth((deskAfter - deskBefore) / (10 * seconds)) });
    const found = faults.take().filter((fault) => !fault.includes('kpis'));
    if (found.length > 0) emit({ what: 'faults of the page', found });
  } finally {
    await browser.close();
    await centre.stop();
  }
}
