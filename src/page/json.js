/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8785): written out again it must be the same */

function emit(v, depth = 1) {
	const inside = x => emit(x, depth + 1);
	if (v && typeof v === 'object') {
		must(depth <= 16, 'depth');
		return Array.isArray(v)
			? `[${v.map(inside)}]`
			: `{${Object.keys(v).sort().map(k => `${inside(k)}:${inside(v[k])}`)}}`;
	}
	if (typeof v === 'string') return `"${must(!/[\0-\x1f\x7f-\x9f]/.test(v), 'control') && v.replace(/["\\]/g, '\\$&')}"`;
	must(typeof v === 'boolean' || (Number.isSafeInteger(v) && v >= 0), 'number');
	return String(v);
}
function parseJson(bytes) {
	const s = text(bytes);
	let v;
	must(bytes.length <= JSON_MAX, 'size');
	try {
		v = JSON.parse(s);
	} catch {
		invalid('JSON');
	}
	const again = emit(v);
	return again === s && isObject(v) ? v : invalid(`character ${[...again, ''].findIndex((c, i) => c !== s[i])}`);
}
