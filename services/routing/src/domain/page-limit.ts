const usualPage = 100;
const largestPage = 1_000;

/** Rows of one answer. @param asked 0 for the usual number */
export function pageLimit(asked: number): number {
  return Math.min(largestPage, asked > 0 ? asked : usualPage);
}
