export async function checkImages() {}
