/* SPDX-License-Identifier: Apache-2.0 */
/* findings */

/* Lines of a key and its words. */
const table = s =>
		Object.fromEntries(s.trim().split('\n').map(l => l.split('|')).map(([key, ...words]) => [key, words])),
	FINDINGS = table(`
valid|VALID|有效
valid-with-remarks|VALID WITH REMARKS|有效（附註）
cannot-tell|CANNOT TELL|無法判定
invalid|INVALID|無效
`),
	ORDER = Object.keys(FINDINGS),
	[VALID, REMARKS, CANNOT, INVALID] = ORDER,
	/* How a check ends that does not hold. */
	raise = found => {
		throw found;
	},
	cannot = (...words) => raise({finding: CANNOT, words}),
	remark = (...words) => raise({finding: REMARKS, words}),
	invalid = detail => raise({finding: INVALID, detail}),
	unknown = () => cannot('This page cannot check this: use `certwipe verify`.', '本頁無法查驗，請以 certwipe verify 查驗。'),
	must = (holds, detail) => holds || invalid(detail),
	hold = (field, ...rules) => must(rules.every(r => r), field);

/* Makes all these checks: what is missing is told when nothing is wrong. */
async function everyOne(...checks) {
	let missing;
	for (const check of checks)
		try {
			await check();
		} catch (e) {
			e.finding === CANNOT || raise(e);
			missing ||= e;
		}
	missing && raise(missing);
}
