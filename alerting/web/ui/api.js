// Both APIs, as promises. Paths are relative, so that the pages work behind a proxy's path.

async function answerOf(response) {
  const text = await response.text();
  let body = text;
  try { body = JSON.parse(text); } catch { /* a proxy's page, or a plain word */ }
  if (!response.ok) {
    const said = typeof body === "string" ? body : body.error || body.message || JSON.stringify(body);
    throw new Error(said || `${response.status} ${response.statusText}`);
  }
  return body;
}

/// Prometheus' API: the `data` of the answer, and what it warns of.
export async function v1(path, parameters = {}) {
  const query = new URLSearchParams(parameters);
  const response = await fetch(`api/v1/${path}?${query}`);
  const body = await answerOf(response);
  return {data: body.data, warnings: [...(body.warnings || []), ...(body.infos || [])]};
}

/// Alertmanager's API.
export async function v2(path, parameters = []) {
  return answerOf(await fetch(`api/v2/${path}?${new URLSearchParams(parameters)}`));
}

export async function postSilence(silence) {
  return answerOf(await fetch("api/v2/silences", {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(silence)}));
}

export async function expireSilence(id) {
  return answerOf(await fetch(`api/v2/silence/${encodeURIComponent(id)}`, {method: "DELETE"}));
}
