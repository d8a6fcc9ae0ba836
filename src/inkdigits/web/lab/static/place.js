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

export function networkFolder() {
  const run = new URLSearchParams(location.search).get("run");
  const isName = run !== null && NAME.test(run);
  return new URL(isName ? `api/runs/${run}/network/` : "network/", location.href);
}
