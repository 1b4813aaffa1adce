// Runs every check, prints one line each, and ends with the counts. With PATCHBAY_TEST_RESULTS=<folder> the counts are left
// there, too, for the sum of all test runs.
import { checkCompose } from './compose.mjs';
import { checkCustomResources } from './custom-resources.mjs';
import { checkImages } from './images.mjs';
import { renderOverlays } from './overlays.mjs';
import { checkPodSecurity, checkRules } from './pod-security.mjs';
import { checkReferences } from './references.mjs';
import { createReport } from './report.mjs';
import { checkSchemas } from './schemas.mjs';
import { checkScore } from './score.mjs';
import { checkSettings } from './settings.mjs';
import { fetchTools } from './tools.mjs';
import { checkWhole } from './whole.mjs';

const report = createReport();
const tools = await fetchTools();
const overlays = await renderOverlays(report, tools);
const settings = await checkImages(report, tools);
const context = { tools, settings };
for (const check of [checkSchemas, checkCustomResources, checkScore, checkPodSecurity, checkWhole, checkReferences, checkSettings]) {
  for (const overlay of overlays) await check(report, overlay, context);
}
if (overlays.length > 0) await checkRules(report, overlays[0]);
await checkCompose(report, context);
process.exit(report.finish());
