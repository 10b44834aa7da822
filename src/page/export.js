/* SPDX-License-Identifier: Apache-2.0 */
/* export.json and what it brings along: a register as its station gave it to an auditor */

const linesOf = bytes => {
		const lines = text(bytes).split('\n');
		return must(lines.pop() === '', 'lines') && lines;
	},
	rootOf = async hashes => {
		const n = hashes.length,
			k = split(n);
		return n > 1 ? node(await rootOf(hashes.slice(0, k)), await rootOf(hashes.slice(k))) : hashes[0] || sha('');
	};

/* Does it lead from this entry to the checkpoint of the export? */
async function checkIncluded(name, bytes, own, n, checkpoint) {
	const {leaf, index, path, note} = readProof(bytes);
	hold(
		name,
		index === n,
		note.whole === checkpoint.whole,
		(await leafHash(emit(leaf))) === own,
		(await climb(own, n, note.size, path)).root === note.root,
	);
}

async function checkExport(item, files, trust) {
	const [json, p7s, head, leaves] = ['export.json', 'export.json.p7s', 'checkpoint', 'leaves.jsonl'].map(
			name => files[name] || invalid(name),
		),
		subjects = files['subjects.jsonl'] && linesOf(files['subjects.jsonl']),
		cms = await openSigned(p7s, json),
		[{cert}] = cms.signers,
		d = parseJson(json),
		note = readCheckpoint(text(head)),
		hashes = [],
		known = new Set();
	checkForm(d, 'export');
	checkStation(cert);
	const log = (item.log = d.register);
	hold('register', d.signatories[0].certSha256 === cert.sha256, note.size === log.size, note.root === log.root);
	await everyOne(
		() => checkTrustOf(cms, trust),
		() => checkTrustOf(cms, trust, () => timeOf(d.issuedAt)),
		async () => {
			await checkNote(note, log);
			for (const line of linesOf(leaves)) {
				const raw = utf8(line),
					leaf = parseJson(raw),
					n = hashes.length,
					own = await leafHash(line),
					id = leaf.documentId,
					name = id + '.tlog-proof';
				hold(`line ${n}`, raw.length < 8191, leaf.index === n, !BANNED.test(line), !(id && known.has(id)));
				try {
					must(leaf.v === 1 && checkForm(leaf, 'leaf'));
				} catch {
					unknown(); /* what is not understood in full was written by a later version */
				}
				if (subjects) {
					const subject = utf8(subjects[n] || '');
					hold(
						'subject',
						checkForm(parseJson(subject), 'subject'),
						!BANNED.test(subjects[n]),
						(await sha(subject)) === leaf.subjectSha256,
					);
				}
				known.add(id);
				id && files[name] && (await checkIncluded(name, files[name], own, n, note));
				hashes.push(own);
			}
			hold(
				'root',
				hashes.length === note.size,
				!subjects || subjects.length === note.size,
				(await rootOf(hashes)) === note.root,
			);
		},
	);
}
