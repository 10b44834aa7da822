#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// pdfjs.js FILE FOLDER: what pdf.js, the reader in browsers, sees in a PDF: attached files go into the folder, text and tags of all pages to standard output as JSON.
const fs = require("fs");
const path = require("path");
const build = "/usr/share/javascript/pdf/build/";
const pdfjs = require(build + "pdf.js");

pdfjs.GlobalWorkerOptions.workerSrc = build + "pdf.worker.js";

function roles(node) {
	return node.role ? [node.role, ...node.children.flatMap(roles)] : [];
}

async function look(file, folder) {
	const pdf = await pdfjs.getDocument({ data: new Uint8Array(fs.readFileSync(file)), isEvalSupported: false, verbosity: 0 }).promise;
	const { info } = await pdf.getMetadata();
	const seen = { title: info.Title, language: info.Language, signed: info.IsSignaturesPresent, marked: (await pdf.getMarkInfo()).Marked, javaScript: await pdf.getJavaScript(), text: "", roles: [] };
	for (let n = 1; n <= pdf.numPages; n++) {
		const page = await pdf.getPage(n);
		seen.text += (await page.getTextContent()).items.map((item) => item.str + (item.hasEOL ? "\n" : "")).join("");
		seen.roles.push(...(await page.getStructTree()).children.flatMap(roles));
	}
	for (const { filename, content } of Object.values((await pdf.getAttachments()) || {}))
		fs.writeFileSync(path.join(folder, path.basename(filename)), content);
	console.log(JSON.stringify(seen));
}

look(...process.argv.slice(2)).catch((error) => {
	console.error(error);
	process.exit(1);
});
