// The server, asked over relative addresses; what goes wrong comes back as one Korean sentence.

const SENTENCES = {
  400: "요청을 읽을 수 없습니다.",
  401: "로그인이 필요한 자료입니다.",
  403: "이 자료를 볼 권한이 없습니다.",
  404: "찾는 자료가 없습니다.",
  422: "값이 바르지 않습니다.",
  503: "서버가 아직 자료를 내줄 수 없습니다. 잠시 뒤에 다시 해 보십시오.",
};

export class ApiError extends Error {
  /** status: HTTP status, 0 without a connection; problem: the problem+json document or {}. */
  constructor(status, problem) {
    const korean = /[가-힣]/.test(problem.detail ?? "") ? problem.detail : null;
    super(korean ?? SENTENCES[status] ?? (status ? `서버가 답하지 못했습니다 (${status}).` : "서버에 연결할 수 없습니다."));
    this.status = status;
    this.problem = problem;
  }
}

/** GETs a JSON document; parameters that are empty are left out. Throws ApiError, or AbortError as fetch does. */
export function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return ask(query.size ? `${path}?${query}` : path, { signal, headers: { Accept: "application/geo+json, application/json" } });
}

/** Sends a JSON document with the token that stands beside the cookie of /login. Throws ApiError. */
export function send(method, path, body) {
  const token = document.cookie.split("; ").find((one) => one.startsWith("paju_csrf="))?.split("=")[1];
  return ask(path, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...(token ? { "X-CSRF-Token": token } : {}) } });
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, {});
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  throw new ApiError(response.status, await response.json().catch(() => ({})));
}

/** Fetches one image tile; null where the server holds no imagery (204). */
export async function image(address, signal) {
  const response = await fetch(address, { signal });
  if (response.status === 204) return null;
  if (!response.ok) throw new ApiError(response.status, {});
  return createImageBitmap(await response.blob());
}
