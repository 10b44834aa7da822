/* SPDX-License-Identifier: Apache-2.0 */
/* register: RFC 6962 2.1, c2sp.org */

const node = (a, b) => sha('01' + a + b),
	leafHash = s => sha('00' + hex(utf8(s))),
	split = (n, k = 1) => (2 * k < n ? split(n, 2 * k) : k),
	BLANK = /[\x01-\x1f\x85\s]/,
	logName = origin => origin.replace(/[%+\x01-\x1f\x85\s]/g, c => hex(utf8(c)).toUpperCase().replace(/../g, '%$&')),
	countOf = s => (/^(?:0|[1-9]\d{0,14})$/.test(s) ? +s : invalid('number')),
	hashOf = s => [unbase64(s + '')].find(isHash) || invalid('hash');

/* The root over a leaf, and that over all before it. */
async function climb(leaf, index, size, path) {
	const rest = path.slice(0, -1),
		h = path.at(-1),
		k = split(size);
	must(index < size && size > 1 === !!h, 'path');
	if (!h) return {root: leaf};
	const {root, before} = await (index < k ? climb(leaf, index, k, rest) : climb(leaf, index - k, size - k, rest));
	return index < k
		? {root: await node(root, h), before}
		: {root: await node(h, root), before: before ? await node(h, before) : h};
}
/* The roots at two sizes; root: that of the first, where it is the whole left side. */
async function grow(from, to, proof, root) {
	const rest = proof.slice(0, -1),
		h = proof.at(-1),
		k = split(to);
	if (from === to) return must(proof.length === (root ? 0 : 1), 'consistency') && [root || h, root || h];
	must(h, 'consistency');
	const [a, b] = await (from <= k ? grow(from, k, rest, root) : grow(from - k, to - k, rest));
	return from <= k ? [a, await node(b, h)] : Promise.all([node(h, a), node(h, b)]);
}

function readCheckpoint(note) {
	const gap = note.lastIndexOf('\n\n'),
		lines = note.slice(gap + 2).split('\n'),
		head = note.slice(0, gap).split('\n');
	must(
		utf8(note).length <= 1 << 17 &&
			gap > 0 &&
			lines.pop() === '' &&
			lines.length &&
			lines.length <= 64 &&
			!BANNED.test(note.replace(/\n/g, '')) &&
			!head.includes(''),
		'checkpoint',
	);
	const signatures = lines.map(l => {
		const [, name, base64] = /^\u2014 ([^ +]{1,341}) (\S+)$/.exec(l) || invalid('signature'),
			bytes = unbase64(base64);
		must(!BLANK.test(name) && bytes.length > 8 && bytes.length <= 16384, 'signature');
		return {name, bytes};
	});
	return {whole: note, text: note.slice(0, gap + 1), name: head[0], size: countOf(head[1]), root: hashOf(head[2]), signatures};
}

function readProof(bytes) {
	const [, base64, index, path, note] =
			/^c2sp\.org\/tlog-proof@v1\nextra (\S+)\nindex (\d+)\n((?:[^\n]+\n){0,64})\n([^]*)$/.exec(text(bytes)) ||
			invalid('lines'),
		{leaf, consistency, ...more} = parseJson(unhex(unbase64(base64) || invalid('extra')));
	must(
		bytes.length <= 160 << 10 &&
			base64.length <= 21844 &&
			isObject(leaf) &&
			!Object.keys(more).length &&
			(consistency === undefined || (Array.isArray(consistency) && consistency.length <= 64 && consistency.every(isHash))),
		'extra',
	);
	return {
		leaf,
		consistency,
		index: countOf(index),
		path: path.split('\n').slice(0, -1).map(hashOf),
		note: readCheckpoint(note),
	};
}

/* Is the checkpoint that of this register, signed with its key? */
async function checkNote({name, text, signatures}, {origin, noteKeyHex}) {
	must(name === logName(origin), 'origin');
	noteKeyHex ||
		cannot(
			'It names no key of its register: nobody can tell whether the proof is genuine.',
			'文件未載登記簿之金鑰，無法判定證明之真偽。',
		);
	const id = await sha(hex(utf8(name + '\n')) + '01' + noteKeyHex),
		own = signatures.filter(s => s.name === name && s.bytes.startsWith(id.slice(0, 8)));
	for (const {bytes} of own)
		must(await verify('Ed25519', '302a300506032b6570032100' + noteKeyHex, bytes.slice(8), utf8(text)), 'signature');
	must(own.length, 'signature');
}

/* What the entry of a document must say. */
function entryOf({document: d, sha256, p7sSha256}, leaf) {
	const added =
		leaf.kind === 'signed' && d.signatories.length > 1 && leaf.at >= d.issuedAt; /* an entry of its own, and later */
	return {
		jsonSha256: sha256,
		p7sSha256,
		kind: added ? 'signed' : d.type.slice(12),
		documentId: added ? '' : d.certificateId,
		at: added ? leaf.at + '' : d.issuedAt,
		jobId: d.jobId,
		outcome: d.verdict.result,
		level: d.verdict.level,
		laboratory: d.laboratory,
	};
}

async function checkOrder(d, bytes, wanted) {
	const {leaf, note, index, path, consistency} = readProof(bytes),
		r = d.register,
		previous = r.previousSize,
		about = {...wanted(leaf), index};
	for (const field in about) must(leaf[field] === about[field], `leaf: ${field}`);
	const {root, before} = await climb(await leafHash(emit(leaf)), index, note.size, path);
	must(root === note.root && previous <= index, 'inclusion');
	if (previous === index) must(!consistency && (before || (await sha(''))) === r.previousRoot, 'previousRoot');
	else if (consistency)
		must(
			previous
				? (await grow(previous, note.size, consistency, r.previousRoot)).join() === `${r.previousRoot},${note.root}`
				: !consistency.length,
			'consistency',
		);
	await checkNote(note, r);
	if (previous < index && !consistency)
		cannot('Nothing shows that the register only grew before it.', '無法證明本項目之前登記簿僅有增加。');
	return {index, size: note.size, root: note.root};
}

async function checkRegister(d, lines) {
	const {origin, previousSize, previousRoot} = d.register,
		starts = (lines || []).filter(l => l.event === 'registered');
	must(!previousSize === (previousRoot === (await sha(''))), 'previousRoot');
	for (const l of starts)
		must(
			l.origin !== origin || l.size < previousSize || (l.size === previousSize && l.root === previousRoot),
			`line ${l.seq}`,
		);
	must(!starts.length || starts.at(-1).origin === origin, 'origin');
}

async function checkTimes(d, cms, lines, trust) {
	const at = timeOf(d.issuedAt),
		[start, end] = lines ? [lines[0], lines.at(-1)].map(l => timeOf(l.at)) : [0, 0];
	for (const s of cms.signers)
		must(s.signingTime >= at - 300 && s.signingTime <= at + (s === cms.station ? 1 : 31) * 86400, 'signing time');
	if (cms.root) await checkTrust(cms, cms.station.cert, trust, at);
	must(end <= at + 300, 'issuedAt');
	if (start > end + 300)
		remark("The station's clock went backwards: its times prove nothing.", '工作站時鐘曾倒退，其時間不足為憑。');
}
