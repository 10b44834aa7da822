/* SPDX-License-Identifier: Apache-2.0 */
/* what the fields of a document must have to do with each other */

const folded = (s, blank) => s.replace(/[ \u3000]+/g, blank).toLowerCase().trim(),
	isOneName = (a, b) => folded(a, '') === folded(b, ''),
	/* Two people may have one name; no two have one id. */
	isOnePerson = (a, b, key = a.person.id && b.person.id ? 'id' : 'name') =>
		a.certSha256 === b.certSha256 || folded(a.person[key], ' ') === folded(b.person[key], ' ');

function checkRules(d) {
	const certificate = d.type === 'destruction-certificate',
		{
			verdict,
			signatories: [station, ...people],
			sanitization: {levelClaimed: level, levelBasis},
		} = d,
		[a, b] = people;
	hold('outcome', ...[d.outcome === 'success', level !== 'none', verdict.result === 'sanitised'].map(x => x === certificate));
	hold(
		'signatories',
		station.role === 'station',
		!station.person,
		people.every(
			(s, i) => s.person && s.role !== 'station' && !(people[i - 1]?.role >= s.role) && s.certSha256 !== station.certSha256,
		),
		!b || (a.person && b.person && !isOnePerson(a, b)),
	);
	hold(
		'verdict',
		level === verdict.level,
		!certificate ||
			[...verdict.support.map(s => s.holds), ...levelBasis.map(c => c.satisfied), d.register.started].every(x => x),
	);
	hold('endedAt', d.medium.virtual === d.laboratory, d.clock.backwardJumps || d.startedAt <= d.endedAt);
	(d.passes ? checkWipe : checkDestruction)(d, certificate, level);
}

function checkDestruction({destruction: done, wipe, sanitization: {technique}, verification}, certificate, level) {
	hold(
		'witness',
		!certificate || (done?.witness && verification.result === 'pass' && !isOneName(done.witness.name, done.operator || '')),
	);
	hold(
		'levelClaimed',
		level === 'none' ||
			(wipe?.level === level && wipe.result === 'sanitised') ||
			(!/^(crush|punch)$/.test(technique) && level === (technique === 'degauss' ? 'purge' : 'destroy')),
	);
	hold('destruction', !done || (done.method === technique && done.started <= done.ended));
}

function checkWipe(d, certificate, level) {
	const v = d.verification,
		size = d.medium.capacityBytes,
		n = d.native,
		k = d.keys,
		looked = v.method.startsWith('look'),
		alone = v.method === 'keys';
	hold(
		'passes',
		!d.passes.length === (looked || alone),
		!looked || n,
		!alone || (k && !n),
		!d.keystream || !d.keystream.passes.length === !d.passes.length,
	);
	if (k) {
		const end = k.spans.reduce((end, s) => (s.lengthBytes && s.offsetBytes >= end ? s.offsetBytes + s.lengthBytes : NaN), 0);
		hold('keys', k.alone === alone, end <= size, k.spans.reduce((n, s) => n + s.lengthBytes, 0) === k.bytes);
	}
	if (certificate) {
		if (k)
			hold(
				'keys',
				...[k.written, k.readBack].map(x => x.complete && x.doneBytes === k.bytes),
				!k.readBack.mismatchBytes,
				!alone || k.attestation,
			);
		if (n)
			hold(
				'native',
				...[n, n.first || n].map(x => x.state === 'succeeded' && x.complete && x.submitted && x.ended),
				n.markers.written,
				n.markers.readBack,
				!n.password || n.password.cleared,
				n.looks[0],
				...n.looks.map(l => l.complete && !(l.notAllowedBytes + l.markerBytes + l.otherBytes + l.unreadableBytes)),
			);
		hold('exceptions', !(d.exceptions.length || d.spotCheck || d.notGenuine || d.refusal));
		hold(
			'verification',
			v.result === 'pass',
			!(v.mismatchBytes + v.unverifiedBytes + v.unwrittenBytes),
			!/^(full|look)$/.test(v.method) || v.coverageBytes === size,
		);
		hold('complete', ...[...d.passes, ...v.readings].map(p => p.complete), d.authorisation, d.keystream);
	}
	hold('levelClaimed', n || level === 'none' || level === 'clear');
	hold(
		'medium',
		v.coverageBytes <= size,
		!d.notGenuine || (d.notGenuine.claimedBytes === size && d.notGenuine.realBytes < size),
		...d.exceptions.map(e => e.lengthBytes && e.offsetBytes <= size && e.lengthBytes <= size - e.offsetBytes),
	);
}
