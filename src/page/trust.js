/* SPDX-License-Identifier: Apache-2.0 */
/* trust */

const issued = async (ca, cert) =>
		cert.hash &&
		ca.key &&
		cert.byRsa === !ca.key.size &&
		(await isSigned(ca.key, cert.hash, cert.signature, unhex(cert.tbs))),
	broken = (cert, i, at) =>
		!(cert.from <= at)
			? 'not yet valid'
			: !(at < cert.to)
				? 'expired'
				: cert.unknown
					? 'critical extension'
					: i && !(cert.ca && cert.constraints.critical && i - 1 <= cert.depth && usageOf(cert) & 4 && cert.keyId)
						? 'not a CA'
						: '';

async function findPath(cms, signer, roots, at) {
	const path = [signer];
	let why = broken(signer, 0, at),
		ca;
	for (let cert = signer; !why && ca?.subject !== cert.issuer; path.push((cert = ca))) {
		why = 'issuer unknown';
		for (const c of roots.concat(cms.certs))
			if (
				why &&
				c.subject === cert.issuer &&
				c.keyId === cert.issuerId &&
				path.length < 4 &&
				(c.subject !== c.issuer || (roots.includes(c) && (await issued(c, c)))) &&
				(await issued(c, cert))
			)
				why = broken((ca = c), path.length, at);
	}
	must(!why, `${why}, ${timeText(at)}`);
	cms.used.push(...path.map(c => c.sha256));
	return ca;
}

/* trust: roots, or print, a fingerprint; without either, what is broken in itself is found out. */
async function checkTrust(cms, signer, trust, at) {
	const own = cms.certs.filter(c => c.subject === c.issuer),
		around = trust.around.concat(own),
		roots = trust.roots || around.filter(c => c.sha256 === trust.print);
	if (roots.length) return void (cms.root = await findPath(cms, signer, roots, at));
	if (own.length) await findPath(cms, signer, own, at);
	if (trust.print)
		around.length
			? invalid(`${around[0].sha256} ≠ ${trust.print}`)
			: cannot(
					'root.pem did not come along: a fingerprint alone is not enough.',
					'檔案未附 root.pem，僅有指紋不足以查驗。',
				);
	cannot('No trusted root was given: nobody can tell who signed.', '未提供信任之根憑證，無法判定由何人簽署。');
}
/* At the time at which each of them signed, or another one. */
async function checkTrustOf(cms, trust, at = s => s.signingTime) {
	await everyOne(...cms.signers.map(s => () => checkTrust(cms, s.cert, trust, at(s))));
	must(cms.certs.every(c => cms.used.includes(c.sha256)), 'stranger');
}
