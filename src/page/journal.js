/* SPDX-License-Identifier: Apache-2.0 */
/* journal */

const EVENTS = 'job authorised refused registered stream identity intent checkpoint spot-check step-end stopped lost resumed \
	end attested closed command native look attestation password health reload destruction witnessed'.split(' ');

async function readJournal(bytes) {
	const lines = [];
	let before = '0'.repeat(64);
	must(bytes.length <= JOURNAL_MAX && bytes.at(-1) === 10, 'last line');
	for (let at = 0, end; at < bytes.length; at = end + 1) {
		end = bytes.indexOf(10, at);
		const n = lines.length,
			raw = bytes.slice(at, end),
			l = parseJson(raw);
		must(
			l.seq === n &&
				l.prev === before &&
				!(/^(refused|stream|attestation)$/.test(l.event) && lines.some(x => x.event === l.event)) &&
				EVENTS.includes(l.event) &&
				(l.event === 'job') === !n &&
				timeOf(l.at) >= 0,
			`line ${n}`,
		);
		before = await sha(raw);
		lines.push(l);
	}
	must(/^\d{8}-\d{6}-[0-9a-f]{4,8}$/.test(lines[0].jobId), 'jobId');
	return lines;
}

/* What stands in both (long texts are cut), and what every certificate needs: not enough for a level. */
function compare(d, lines, planSha256) {
	const job = lines[0],
		{plan = {}, medium} = job,
		of = event => lines.filter(l => l.event === event),
		last = event => of(event).at(-1) || {},
		{shownBytes, sizeBytes} = plan,
		allowed = last('authorised'),
		told = last('destruction'),
		seen = last('witnessed'),
		wiped = lines[of('destruction')[0]?.seq - 1] || {},
		done = d.destruction || {};
	const pairs = [
		[d, {jobId: job.jobId, startedAt: job.at, endedAt: lines.at(-1).at, journalLines: lines.length}],
		...['operator', 'tool', 'host', 'policy', 'case'].map(k => [d[k], job[k]]),
		[job, {planSha256}],
		[d.clock, {...job.clock, backwardJumps: lines.filter((l, i) => i && l.at < lines[i - 1].at).length}],
		[d.passes && d.sanitization, {...plan, planSha256}],
		[d.keystream, {keyHex: last('stream').keyHex}],
		[d.medium, {capacityBytes: sizeBytes, model: medium.model?.text, serial: medium.fullSerial}],
		[medium, {sizeBytes: shownBytes || sizeBytes}],
		[d.register.started, d.passes ? last('registered') : of('registered')[0]],
		[d.authorisation, {...allowed, line: allowed.seq}],
		[d.destruction, {...told.record, lowCategory: {}, line: told.seq}],
		[done.witness, {...seen, line: seen.seq}],
		...['attachments', 'items'].flatMap(k => (done[k] || []).map((x, i) => [x, told[k][i]])),
		[d.wipe, {...wiped, certificateId: wiped.documentId, sha256: wiped.jsonSha256, endedAt: wiped.at, line: wiped.seq}],
	];
	for (const [found, wanted] of pairs)
		for (const key in found) {
			const w = wanted[key];
			must(
				w === undefined || typeof w === 'object' || w === '' || w.length > 80 || BANNED.test(w) || found[key] === w,
				key,
			);
		}
	if (d.type !== 'destruction-certificate') return;
	must(last('end').status === 'complete' && last('registered').seq, 'end');
	if (!d.passes)
		return must(
			seen.seq > told.seq &&
				seen.count === told.record.count &&
				seen.method === told.record.method &&
				!isOneName(seen.name, told.record.operator),
			'witness',
		);
	const {steps, identitySha256} = plan,
		plain = steps.every(s => /^(write|verify|sample)$/.test(s.do)); /* what the medium does itself is only for the program */
	for (const l of lines)
		must(
			l.event !== 'refused' &&
				l.match !== false &&
				!(l.event === 'authorised' && (l.planSha256 !== planSha256 || l.identitySha256 !== identitySha256)) &&
				!(plain && (l.badBytes || l.mismatchBytes)),
			`line ${l.seq}`,
		);
	must(allowed.seq && last('identity').phase === 'end', 'end');
	steps.reduce((before, s, i) => {
		const next = (event, more) => lines.findIndex((l, n) => n > before && l.event === event && l.step === i + 1 && more(l)),
			begun = next('intent', l => l.fromBytes === 0 && l.do === s.do),
			done = next('step-end', l => l.end === 'done' && (l.uptoBytes === sizeBytes || s.do === 'sample'));
		return must(!plain || (begun > before && done > begun), `step ${i + 1}`) && done;
	}, 0);
}

const needed = journal =>
	journal || cannot('journal.jsonl is missing: the claim cannot be checked.', '欠缺作業紀錄 journal.jsonl，無法查驗宣稱事項。');

async function checkClaim(d, lines) {
	try {
		compare(d, needed(lines), lines[0].plan && (await sha(utf8(emit(lines[0].plan)))));
	} catch (e) {
		raise(e.finding ? e : {finding: INVALID, detail: 'form'});
	}
	remark('The level was not computed again (`certwipe verify` does that).', '等級未重新判定（由 certwipe verify 判定）。');
}
