/* SPDX-License-Identifier: Apache-2.0 */
/* evidence: the steps of `certwipe verify` */

const LIMITS = /^(claim|pdf-page)$/; /* other remarks come first */

async function attempt(item, name, run) {
	let found = {finding: VALID};
	try {
		await run(item);
	} catch (e) {
		found = e.finding
			? e
			: {finding: CANNOT, words: [`This browser cannot check that: ${e}`, `本瀏覽器無法執行此項查驗：${e}`]};
		item.stopped = found !== e || e.finding === INVALID || name === 'content';
	}
	const {finding, detail} = found,
		weight = ORDER.indexOf(finding) - LIMITS.test(name) / 2,
		words =
			found.words ||
			(finding === INVALID &&
				CHECKS[name].map((w, i) => [`Does not hold: ${w}.`, `不成立：${w}。`][i] + (detail ? ` (${detail})` : '')));
	item.checks.push({name, finding, words});
	if (weight > item.weight) Object.assign(item, {weight, finding, reason: words});
}
async function trial(item, steps) {
	for (const name in steps) if (!item.stopped) await attempt(item, name, steps[name]);
}
const DOCUMENT = 'evidence.json',
	P7S = DOCUMENT + '.p7s',
	newItem = name => ({name, checks: [], finding: VALID, weight: 0});

async function checkAttachments(list, files, inPdf) {
	for (const h of await Promise.all((inPdf ? files.photos : []).map(b => sha(b))))
		must(list.some(a => a.sha256 === h), 'PDF');
	for (const {name, sha256} of list) must(!files[name] || (await sha(files[name])) === sha256, name);
	const {name} = list.find(a => !files[a.name] && !inPdf) || {};
	name && cannot(`Attachment missing: ${name}`, `欠缺附件：${name}`);
}

async function checkEvidence(item, files, trust, inPdf) {
	const [json, p7s, journal, proof] = [DOCUMENT, P7S, 'journal.jsonl', 'evidence.tlog-proof'].map(name => files[name]);
	let cms, d, lines;
	await trial(item, {
		size: () => must(json?.length && p7s?.length, DOCUMENT + ', ' + P7S),
		encoding: async () => {
			item.cms = cms = await openCms(p7s, 3);
		},
		signer: () => findSigners(cms),
		algorithms: () => cms.signers.forEach(checkAlgorithms),
		digest: () => Promise.all(cms.signers.map(s => checkDigest(s, json))),
		signature: () => Promise.all(cms.signers.map(checkSignature)),
		certificate: () => cms.signers.forEach(s => (cms.signers.length > 1 ? checkPerson : checkStation)(s.cert)),
		trust: () => checkTrustOf(cms, trust),
		canonical: () => {
			d = parseJson(json);
		},
		content: async () => {
			checkForm(d, {'certwipe/evidence/1': 'document', 'certwipe/destruction/1': 'destroyed'}[d.schema] || unknown());
			checkRules(d);
			Object.assign(item, {document: d, sha256: await sha(json), p7sSha256: await sha(p7s), files});
		},
		signatories: () => checkSignatories(cms, d),
		journal: async () => {
			must((await sha(needed(journal))) === d.journalSha256, 'SHA-256');
			lines = await readJournal(journal);
		},
		claim: () => checkClaim(d, lines),
		register: () => checkRegister(d, lines),
		order: async () => {
			item.order = proof && (await checkOrder(d, proof, leaf => entryOf(item, leaf)));
		},
		times: () => checkTimes(d, cms, lines, trust),
		type: () =>
			d.type === 'destruction-certificate' ||
			remark(
				'This is a report, not a certificate: it proves no sanitisation.',
				'本件為報告而非證明書，不能證明資料已清除。',
			),
		laboratory: () =>
			d.laboratory &&
			remark('LABORATORY: a virtual medium, no real one was sanitised.', '實驗用：媒體為虛擬媒體，未清除任何實際媒體。'),
		validation: async () =>
			(await checkStatement('approval', item, files, trust)) ||
			!d.validation.required ||
			remark('Awaiting validation: do not release the medium.', '尚未經權責人員確認（核可），媒體不得放行。'),
		withdrawal: () => checkStatement('withdrawal', item, files, trust),
		attachments: () => checkAttachments(d.destruction?.attachments || [], files, inPdf),
	});
}
