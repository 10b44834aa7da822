/* SPDX-License-Identifier: Apache-2.0 */
/* what is seen, and what a person does */

const $ = id => document.getElementById(id),
	say = words => words[lang];
let lang = /^zh/i.test(navigator.language) ? 1 : 0,
	files = [],
	chosen,
	items = [],
	pinned = [],
	run = 0;

function el(spec, ...inside) {
	const [name, style] = spec.split('.'),
		out = document.createElement(name);
	out.className = style || '';
	out.append(...inside.flat());
	return out;
}
const plain = s => s.replace(RegExp(BANNED, 'gu'), '\ufffd');

function factsOf({finding, document: d, cms, order, said, sha256}) {
	const both = ({en, zh_TW}) => say([en, zh_TW]),
		time = say(order ? SAY.entry : SAY.clock).replace('%', order?.index),
		values =
			finding === INVALID || !d
				? []
				: [
						both(d.title),
						d.certificateId,
						d.issuedAt,
						`${d.organisation.name}, ${d.organisation.station}`,
						d.medium.model,
						d.medium.serial,
						say(LEVEL[d.verdict.level]),
						both(d.nextStep),
						time,
						d.supersedes?.certificateId,
						said?.map(([words, name, at]) => `${say(words)} (${name}, ${at})`).join('; '),
						sha256,
						cms.root?.sha256,
					];
	return Object.keys(FACTS)
		.map((key, i) => [key, values[i]])
		.filter(f => f[1]);
}

function show(item) {
	const {finding, name, reason, checks, log} = item,
		face =
			finding === INVALID
				? 'bad'
				: finding === CANNOT
					? 'unknown'
					: checks.every(c => c.finding === VALID || LIMITS.test(c.name))
						? 'good'
						: 'warn',
		[mark, ...sentence] = FACES[face],
		words = say(FINDINGS[finding]),
		why = reason && say(reason),
		facts = factsOf(item),
		sign = el('span.mark', mark),
		part = (key, there, ...inside) => (there ? [el('h3', say(SAY[key])), ...inside] : []),
		remarks = new Set(checks.flatMap(c => (c.words ? [say(c.words)] : [])).filter(w => w !== why)),
		{kind, number, medium, serial, level, root} = Object.fromEntries(facts),
		day = new Date().toISOString().slice(0, 10),
		quote =
			say([`Checked on ${day}: ${name} is ${words}. `, `${day} 查驗 ${name}：${words}。`]) +
			(level ? `${kind} ${number}: ${medium}, ${serial}, ${level}. ${say(FACTS.root)}: ${root || '-'}. ` : '') +
			(log && face !== 'bad' ? `${log.origin}: ${log.size}, ${log.root}. ` : '') +
			(face === 'good' ? '' : [why, ...remarks].join(' '));
	const out = el(
		'article',
		el('div.banner', sign, el('div', el('h2', words), el('bdi', plain(name)))),
		el(
			'div',
			el('p.say', say(sentence)),
			why ? el('p.why', why) : [],
			part(
				'says',
				level,
				el(
					'dl',
					facts.flatMap(([key, value]) => [
						el('dt', say(FACTS[key])),
						el(/hash|root|serial/.test(key) ? 'dd.mono' : 'dd', plain(value)),
					]),
				),
			),
			part('remarks', remarks.size, el('ul', [...remarks].map(w => el('li', w)))),
			part('quote', true, el('p.quote', plain(quote))),
			el(
				'details',
				el('summary', say(SAY.checks)),
				el(
					'ol',
					checks.map(c => {
						const line = el('li', el('b', say(FINDINGS[c.finding])), el('span', say(CHECKS[c.name])));
						Object.assign(line.dataset, {check: c.name, finding: c.finding});
						return line;
					}),
				),
			),
		),
	);
	sign.ariaHidden = 'true';
	Object.assign(out.dataset, {face, finding});
	return out;
}

function render() {
	document.documentElement.lang = ['en', 'zh-TW'][lang];
	document.title = say(SAY.title);
	for (const e of document.querySelectorAll('[data-say]')) e.textContent = say(SAY[e.dataset.say]);
	$('language').lang = ['zh-TW', 'en'][lang];
	$('pinned').replaceChildren(
		...pinned.map(p => (p.sha256 ? el('p.mono', p.sha256.replace(/.{4}(?=.)/g, '$& ')) : el('p', say(p)))),
	);
	$('results').replaceChildren(...items.map(show));
	$('state').textContent = items.length ? `${say(SAY.done)} ${items.map(i => say(FINDINGS[i.finding])).join(', ')}` : '';
}

async function readTrust() {
	const typed = $('print').value.replace(/[\s:]/g, '').toLowerCase(),
		print = isHash(typed) && typed,
		found = chosen && (await readCerts(await join([chosen])).catch(e => [e.words])),
		roots = found?.filter(c => c.sha256 && (!typed || c.sha256 === print));
	pinned = [...(found || []), ...((typed && !print) || (found && !roots.length) ? [SAY.unlike] : [])];
	return {roots, print};
}

const EVIDENCE = /^((evidence|approval|withdrawal)\.(json(\.p7s)?|tlog-proof)|journal\.jsonl)$/,
	ROOTS = /\.(pem|crt|cer)$/i,
	PDFS = /\.pdf$/i,
	EXPORT = /^(export\.json(\.p7s)?|checkpoint|(leaves|subjects)\.jsonl)$/;

/* One folder, one document. */
async function checkFolder(folder, its, trust, out) {
	const start = name => out[out.push(newItem(folder + name)) - 1],
		all = re => Object.keys(its).filter(n => re.test(n)),
		beside = all(EVIDENCE).length && start(DOCUMENT),
		known = [EVIDENCE, ROOTS, PDFS];
	for (const name of all(ROOTS)) trust.around.push(...(await readCerts(its[name]).catch(() => [])));
	if (beside) await checkEvidence(beside, its, trust);
	for (const name of all(PDFS)) {
		const item = start(name);
		await checkPdf(item, its[name], trust, beside && !its[DOCUMENT] ? {} : its);
		if (beside.files && !beside.stopped)
			await attempt(beside, 'pdf', async () => {
				for (const k of WHOLE) must(item.files && (await sha(its[k])) === (await sha(item.files[k])));
			});
	}
	if (all(/^export\.json/).length) {
		known.push(EXPORT, /\.tlog-proof$/);
		await attempt(start('export.json'), 'export', item => checkExport(item, its, trust));
	}
	const attached = out.flatMap(i => i.document?.destruction?.attachments || []).map(a => a.name);
	for (const name of all(/./))
		if (!known.some(re => re.test(name)) && !attached.includes(name)) await attempt(start(name), 'file', unknown);
}

async function checkAll(trust) {
	const folders = {},
		out = [],
		pasted = $('note').value;
	for (const file of files) {
		const {name} = file,
			folder = file.webkitRelativePath.replace(EVIDENCE.test(name) || EXPORT.test(name) ? /[^/]*$/ : /((?<![^/])(attachments|proofs)\/)?[^/]*$/, ''),
			its = (folders[folder] ||= {__proto__: null}),
			item = newItem(folder + file.name);
		await attempt(item, 'file', async () => {
			file.size > JOURNAL_MAX || name in its ? unknown() : (its[name] = await join([file]));
		});
		item.weight && out.push(item);
	}
	for (const folder in folders) await checkFolder(folder, folders[folder], {...trust, around: []}, out);
	await compareAll(out);
	if (pasted.trim()) await checkPasted(out[out.push(newItem('QR')) - 1], pasted, out);
	return out;
}

async function refresh() {
	const mine = ++run;
	items = [];
	render();
	$('state').textContent = say(SAY.working);
	const found = await checkAll(await readTrust());
	if (mine === run) {
		items = found;
		render();
	}
}

const take = from => {
	files = [...from.files];
	refresh();
};
$('pick').onchange = $('folder').onchange = e => take(e.target);
$('root').onchange = e => {
	[chosen] = e.target.files;
	refresh();
};
$('print').oninput = $('note').oninput = refresh;
$('language').onclick = () => {
	lang = 1 - lang;
	render();
};
ondragover = ondrop = e => {
	e.preventDefault();
	if (e.type === 'drop' && e.dataTransfer.files.length) take(e.dataTransfer);
};
render();
