export async function checkCompose() {}
