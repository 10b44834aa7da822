/* SPDX-License-Identifier: Apache-2.0 */
/* bytes */

const JSON_MAX = 1 << 20,
	JOURNAL_MAX = 1 << 26,
	hex = b => Array.from(b, x => (x + 256).toString(16).slice(1)).join(''),
	ofHex = s => parseInt(s, 16),
	unhex = s => Uint8Array.from(s.match(/../g) || [], ofHex),
	join = async parts => new Uint8Array(await new Blob(parts).arrayBuffer()),
	utf8 = s => new TextEncoder().encode(s),
	text = bytes => {
		try {
			return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
		} catch {
			invalid('UTF-8');
		}
	},
	/* One character a byte. */
	octets = bytes => new TextDecoder('x-user-defined').decode(bytes),
	/* Of bytes or of hexadecimal, in hexadecimal. */
	sha = async (data, name = 'SHA-256') =>
		hex(new Uint8Array(await crypto.subtle.digest(name, typeof data === 'string' ? unhex(data) : data))),
	unbase64 = s => {
		const raw = /^[A-Za-z0-9+/]+={0,2}$/.test(s) && s.length % 4 === 0 ? atob(s) : '';
		return btoa(raw) === s ? hex(Uint8Array.from(raw, c => c.charCodeAt(0))) : '';
	},
	isHash = s => typeof s === 'string' && /^[0-9a-f]{64}$/.test(s),
	isObject = v => Object(v) === v && !Array.isArray(v),
	timeText = t => new Date(t * 1000).toISOString().replace('.000', ''),
	timeOf = s => {
		const t = /^[2-9]\d{3}-\d\d-\d\dT[\d:]{8}Z$/.test(s) ? Date.parse(s) / 1000 : NaN;
		return t >= 0 && timeText(t) === s ? t : NaN;
	},
	stamp = s => s.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'),
	/* Controls, what changes how the text around it reads, and what is no character. */
	BANNED =
		/[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cn}]/u;
