import type { MiddlewareHandler } from "hono";
import { clientAddress, type ServerEnvironment } from "../environment.ts";
import { HttpProblem } from "../problem.ts";
import { printable } from "../../core/format/text.ts";
import { isLoopback } from "./loopback.ts";

const PROXY_HEADERS = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];
const HOST = /^(localhost|[0-9.]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;

/**
 * Returns middleware for a server without tokens: it lets through what comes from this machine, and
 * neither from a web page that somebody here looks at nor through a proxy. It throws `HttpProblem`
 * `FORBIDDEN`.
 */
export function onlyLocal(): MiddlewareHandler<ServerEnvironment> {
  return async (context, next) => {
    const hasSocket = context.env?.incoming !== undefined;
    const problem = whyForeign((name) => context.req.header(name), {
      address: hasSocket ? clientAddress(context.env) : undefined,
    });
    if (problem !== undefined) {
      throw new HttpProblem(
        "FORBIDDEN",
        `Cannot take the request: ${problem}; without --token-file this server takes such requests ` +
          "from its own machine only, and from no web page or proxy",
      );
    }
    await next();
  };
}

function whyForeign(
  header: (name: string) => string | undefined,
  { address }: { readonly address: string | undefined },
): string | undefined {
  if (address !== undefined && !isLoopback(address)) {
    return `it comes from "${printable(address)}", expected a loopback address`;
  }
  const proxied = PROXY_HEADERS.find((name) => header(name) !== undefined);
  if (proxied !== undefined) return `it has a ${proxied} header, expected none that a proxy adds`;
  // A page of a name that leads to 127.0.0.1 (DNS rebinding) is told by the Host that it asks for.
  const host = header("Host") ?? "";
  if (!isLocalHost(host)) {
    return `its Host is "${printable(host)}", expected localhost or a loopback address`;
  }
  const origin = header("Origin");
  if (origin !== undefined && !isOriginOf(origin, host)) {
    return `its Origin is "${printable(origin)}", expected none or that of "${printable(host)}"`;
  }
  const site = header("Sec-Fetch-Site");
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return `its Sec-Fetch-Site is "${printable(site)}", expected "same-origin" or "none"`;
  }
  return undefined;
}

function isLocalHost(host: string): boolean {
  const [, name] = HOST.exec(host) ?? [];
  return name !== undefined && isLoopback(name.replace(/^\[|\]$/g, ""));
}

function isOriginOf(origin: string, host: string): boolean {
  const [, scheme, rest = ""] = /^(https?):\/\/(.+)$/.exec(origin) ?? [];
  if (scheme === undefined || !isLocalHost(rest)) return false;
  const own = hostOf(`${scheme}://${host}`);
  return own !== undefined && own === hostOf(origin);
}

/** Host and port in one spelling, without the port that the scheme implies. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
