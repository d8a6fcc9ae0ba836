// Where the network's files lie: in the folder network/ beside the page, or with the lab's server, which asks for its token.

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const TOKEN = "inkdigits-lab-token";

// The token comes in the address once, behind #, which no server sees; then it is kept until the tab is closed.
export function token() {
  const [, given] = /^#token=([A-Za-z0-9_-]+)$/.exec(location.hash) ?? [];
  if (given) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(TOKEN);
}

export function headers() {
  const known = token();
  return known ? { "x-lab-token": known } : {};
}

// The run that the address names, where the page came from the lab's server.
export function runNamed() {
  const run = new URLSearchParams(location.search).get("run");
  return run !== null && NAME.test(run) ? run : null;
}

export function networkFolder() {
  const run = runNamed();
  return new URL(run ? `api/runs/${run}/network/` : "network/", location.href);
}
