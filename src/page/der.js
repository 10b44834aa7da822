/* SPDX-License-Identifier: Apache-2.0 */
/* DER (X.690) */

const INT = '02',
	BITS = '03',
	OCTETS = '04',
	OID = '06',
	UTC = '17',
	SEQ = '30',
	SET = '31',
	ANY = /^([89].|0[4c]|1[346e])$/,
	NUMBER = /^(?!00[0-7]|ff[89a-f])./,
	PRIMITIVE = {
		'01': /^(00|ff)$/,
		[INT]: NUMBER,
		[BITS]: /^0[0-7]/,
		'05': /^$/,
		[OID]: /^((?!80)([89a-f].)*[0-7].)+$/,
		'0a': NUMBER,
		[UTC]: /^(3\d){12}5a$/,
		18: /^(3\d){14}5a$/,
	},
	sorted = items => items.every((item, i) => !i || items[i - 1].whole <= item.whole);

function der(s) {
	const next = (at, end, depth) => {
		const [head, tag, size] = /^(?![13579bdf]f)(..)([0-7].|81[89a-f].|82(?!00)....|83(?!00)......)/.exec(
				s.slice(at, at + 10),
			) || [''],
			from = at + head.length,
			to = from + 2 * ofHex(size?.slice(2) || size),
			item = {at: at / 2, tag, body: s.slice(from, to), whole: s.slice(at, to)};
		must(to <= end && depth < 25, `offset ${item.at}`);
		if (/^(3[01]|[ab].)$/.test(tag)) {
			item.kids = [];
			for (let p = from; p < to; p += item.kids.at(-1).whole.length) item.kids.push(next(p, to, depth + 1));
		}
		must(
			item.kids
				? tag !== SET || sorted(item.kids)
				: ANY.test(tag) ||
						(PRIMITIVE[tag]?.test(item.body) &&
							!(tag === BITS && ofHex(item.body.slice(-2)) & ((1 << item.body[1]) - 1))),
			`offset ${item.at}`,
		);
		return item;
	};
	const out = next(0, s.length, 0);
	return out.whole === s ? out : invalid(`behind offset ${out.whole.length / 2}`);
}
/* Its children, with exactly these tags; '': any. */
const kids = (item, ...tags) =>
	item.kids?.length === tags.length && tags.every((t, i) => !t || item.kids[i].tag === t)
		? item.kids
		: invalid(`offset ${item.at}`);
