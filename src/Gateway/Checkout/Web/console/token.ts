// What a token shows before it is used. The service decides whether it is valid.

export interface Claims {
  /** Of the claim business_id, which is a string or an array. */
  businesses: string[];
  /** Unix milliseconds; null without the claim. */
  expiresAt: number | null;
  mayAssign: boolean;
}

const REPORT_SCOPE = 'payments:report';

/** The token without what is easily copied with it: the header's name, the scheme, quotes and white space. */
export const cleaned = (pasted: string): string =>
  pasted.replace(/^\s*(authorization\s*:\s*)?bearer\s+/i, '').replace(/[\s"']/g, '');

const strings = (claim: unknown): string[] =>
  (Array.isArray(claim) ? claim : [claim]).filter((value) => typeof value === 'string');

/** @returns Null where the text is not a JWT. */
export function claimsOf(token: string): Claims | null {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token)?.[1];
  if (payload === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, '+').replace(/_/g, '/')), (byte) => byte.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    return {
      businesses: strings(claims.business_id),
      expiresAt: typeof claims.exp === 'number' ? claims.exp * 1_000 : null,
      mayAssign: [...strings(claims.scope), ...strings(claims.scp)].some((text) => text.split(' ').includes(REPORT_SCOPE)),
    };
  } catch {
    return null;
  }
}
