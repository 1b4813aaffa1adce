/** One value of a scrape. */
export interface Sample {
  /** Name of the metric; of a histogram without `_bucket`, `_sum`, `_count`. */
  readonly metric: string;
  /** Name as it was written. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g;

/** Reads the Prometheus text format 0.0.4. */
export function parseScrape(text: string): Sample[] {
  const histograms = new Set([...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name]) => name));
  return text.split('\n').flatMap((row) => {
    const [, name, labels = '', value] = line.exec(row) ?? [];
    if (name === undefined || value === undefined) return [];
    const base = name.replace(/_(bucket|sum|count)$/, '');
    return [{ name, metric: histograms.has(base) ? base : name, labels: Object.fromEntries([...labels.matchAll(label)].map(([, key, text]) => [key, text])), value: Number(value) }];
  });
}
