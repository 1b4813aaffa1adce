import type { Capabilities } from '@patchbay/contracts/channel/v1/capabilities';
import { WrapUpMode as Mode, type Disposition, type Resource } from '@patchbay/contracts/directory/v1/resource';
import type { CatalogueView, DispositionView, PersonView, WrapUpMode } from './views.ts';

const wrapUpModes: Record<number, WrapUpMode> = {
  [Mode.NONE]: 'none',
  [Mode.MANDATORY_TIMED]: 'mandatory_timed',
  [Mode.MANDATORY]: 'mandatory',
};

function dispositionView(disposition: Disposition): DispositionView {
  return { code: disposition.code, titles: disposition.titles, children: disposition.children.map(dispositionView) };
}

function queueSettings(resource: Resource): CatalogueView['queues'][string] | undefined {
  if (resource.spec?.$case !== 'queue') return undefined;
  const { titles, wrapUp } = resource.spec.value;
  return {
    titles,
    wrapUp: {
      mode: wrapUpModes[wrapUp?.mode ?? 0] ?? 'optional',
      limitSeconds: wrapUp?.limitSeconds ?? 0,
      extensionSeconds: wrapUp?.extensionSeconds ?? 0,
      dispositions: wrapUp?.dispositions ?? '',
    },
  };
}

/** What the desk needs of a centre's resources and of the channels' capabilities. */
export function catalogueView(tenant: string, resources: Iterable<Resource>, channels: Iterable<Capabilities>): CatalogueView {
  const view: CatalogueView = { tenantTitles: {}, timeZone: '', queues: {}, dispositionTrees: {}, channels: {}, entryPoints: {}, teams: {} };
  for (const resource of resources) {
    const settings = queueSettings(resource);
    if (settings !== undefined) view.queues[resource.name] = settings;
    if (resource.spec?.$case === 'dispositionTree') view.dispositionTrees[resource.name] = resource.spec.value.dispositions.map(dispositionView);
    if (resource.spec?.$case === 'entryPoint') view.entryPoints[resource.name] = resource.spec.value.titles;
    if (resource.spec?.$case === 'team') view.teams[resource.name] = resource.spec.value.titles;
    if (resource.spec?.$case === 'tenant' && resource.name === tenant) {
      view.tenantTitles = resource.spec.value.titles;
      view.timeZone = resource.spec.value.timeZone;
    }
  }
  for (const channel of channels) {
    view.channels[channel.channel] = { labels: channel.labels, voice: channel.voice, maxTextBytes: channel.maxTextBytes };
  }
  return view;
}

/** Name and number of an agent resource. */
export function personView(resource: Resource | undefined): PersonView | undefined {
  return resource?.spec?.$case === 'agent' ? { name: resource.spec.value.displayName, agentNo: resource.spec.value.agentNo } : undefined;
}

/** Whether the resource is a user who may not sign in. */
export function isDisabledUser(resource: Resource | undefined): boolean {
  return resource?.spec?.$case === 'user' && resource.spec.value.disabled;
}
