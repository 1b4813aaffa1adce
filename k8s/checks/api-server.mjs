export async function checkApiServer() {}
