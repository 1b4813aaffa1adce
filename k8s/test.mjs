// `npm run test:k8s`: everything that can be said about manifests, images and compose without a cluster or an engine.
// Installs the packages when they are missing and goes on under the project's own Node.
import { generate, install, runUnderProjectNode } from '../deploy/local/bin/install.mjs';

await install();
generate();
runUnderProjectNode('k8s/checks/run.mjs');
