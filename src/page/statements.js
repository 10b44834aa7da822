/* SPDX-License-Identifier: Apache-2.0 */
/* approval.json and withdrawal.json: what a person said of the document later */

/* One signer, and the signature over this. */
async function openSigned(p7s, content, inPdf) {
	const cms = await openCms(p7s, 1, inPdf),
		[signer] = cms.signers;
	await findSigners(cms);
	checkAlgorithms(signer);
	await checkDigest(signer, content);
	await checkSignature(signer);
	return cms;
}

/* Is it about this document, as it is now, and by somebody other than its operator? */
function checkAbout({documents, signatories: [approver], by}, {document: d, sha256, p7sSha256}) {
	const one = documents.find(x => x.certificateId === d.certificateId),
		operator = d.signatories.find(s => s.role === 'operator');
	hold('documents', one?.jsonSha256 === sha256, one?.p7sSha256 === p7sSha256);
	hold(
		'operator',
		!isOneName(approver.person.name, d.destruction?.operator || ''),
		operator ? !isOnePerson(operator, approver) : by.uid !== d.operator.uid,
	);
	return one;
}

/* Whether it approves. */
async function checkStatement(name, item, files, trust) {
	const [json, p7s, proof] = ['.json', '.json.p7s', '.tlog-proof'].map(end => files[name + end]);
	if (!json) return (p7s || proof) && cannot(`${name}.json is missing.`, `欠缺 ${name}.json。`);
	must(json.length <= 96 << 10 && p7s, 'size');
	const cms = await openSigned(p7s, json),
		[{cert, signingTime}] = cms.signers,
		s = parseJson(json);
	checkPerson(cert);
	checkForm(s, 'statement');
	const {decision, documents, issuedAt, signatories} = s,
		[approver] = signatories,
		at = timeOf(issuedAt);
	hold('decision', s.type.endsWith(name), /^[ar]/.test(decision) === (name === 'approval'));
	hold(
		'documents',
		new Set(documents.map(x => x.certificateId)).size === documents.length,
		...documents.map(x => !x.supersededBy === (decision !== 'superseded')),
	);
	hold(
		'signature',
		cert.sha256 === approver.certSha256,
		isNamed(cert, approver),
		signingTime >= at - 300,
		signingTime <= at + 86400,
	);
	const one = checkAbout(s, item),
		entry = {
			jsonSha256: await sha(json),
			p7sSha256: await sha(p7s),
			kind: decision === 'void' ? 'voided' : decision,
			documentId: '',
			jobId: item.document.jobId,
		};
	await everyOne(
		() => checkTrustOf(cms, trust),
		() => proof && checkOrder(item.document, proof, () => entry),
	);
	const words = DECISIONS[decision].map(w => w.replace('%', () => one.supersededBy.certificateId));
	(item.said ||= []).push([words, approver.person.name, issuedAt]);
	return decision === 'approved' || remark(...words.map((w, i) => w + ['. Reason: ', '。理由：'][i] + s.reason));
}
