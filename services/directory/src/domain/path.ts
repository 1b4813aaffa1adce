/** Where something stands in a document: keys and list places from the top. */
export type Path = readonly (string | number)[];

/** `spec.skills[0].level`; keys with other signs as `spec.settings["a b"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
