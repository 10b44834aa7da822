/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.json and statements: the twin of share/schema/ */

/* key?:kind; text (t9: of 9 bytes at most), e9 text or none, # integer, b boolean, T time, h SHA-256, x hexadecimal, = words, @form, [ list of it; % Bytes#, ^ Sha256:h */
const WRITTEN = 'n# kind=keystream|keystream-complement|pattern patternHex?:x1,4 keystreamPass?#',
	COURSE = ' step# attempts# complete:b startedAt?:T endedAt?:T elapsedMs?# line?#',
	KIND = 'type=destruction-certificate|destruction-report',
	RESULT = 'result=not-sanitised|inconclusive|sanitised level',
	ISSUE = 'version=1.0 uuid:/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ issuedAt:T',
	HEAD = `${KIND} certificateId:t63 ${ISSUE} matrix^ laboratory:b title@both organisation@ signatories[1-3@signatory register@ supersedes?@ jobId:t63 startedAt:T \
		endedAt:T journal^ journalLines# operator@by tool@ host@ clock@ case@ medium@ validation@ verdict@ \
		outcome=success|failed|aborted|not_attempted caveats[1-63@caveat limits[1-16@limit nextStep@both`,
	CLASS = 'class=zeros|ones|uniform|other-offset|other-pass|foreign',
	LEVELS = '=none|clear|purge|destroy',
	TOLD =
		'feature says? state=not-sent|busy|sent|running|succeeded|failed|refused commands# submitted?@command ended?@command' +
		COURSE,
	FORMS = table(`
document|schema=certwipe/evidence/1 ${HEAD} policy@ authorisation?@ refusal?@ sanitization@ native?@ keys?@ \
	passes[0-40@pass keystream?@ verification@ spotCheck?@ notGenuine?@ exceptions[0-256@exception \
	interruptions[0-200@interruption
destroyed|schema=certwipe/destruction/1 ${HEAD} policy@particles sanitization@destroying destruction?@ wipe?@ \
	verification@witnessed
both|en zh_TW
organisation|name:t255 unit:t255 station:t255
signatory|role=station|operator|witness cert^ person?@who
who|name id?
register|origin:t255 previousSize# previousRoot:h noteKeyHex?:h started?@
started|origin size# root:h
supersedes|certificateId sha256:h reason
by|uid# name
tool|name version build^
host|machineId kernel bootId stateType statePersistent:b journalPreallocated:b
clock|source synchronised:b maxErrorMs# backwardJumps# assurance=station-clock-only
policy|id sha256:h wipeClosesCase:b
case|approvalNumber unit custodian assetTag classification personalData recordRelation backedUp backupLocation \
	retentionChecked holdChecked place operator witnesses plannedFate source note
authorisation|method=serial|asset-tag|replug|list number list^? plan^ identity^ at:T by@ line#
refusal|code message at:T line#
medium|class mediaType=hdd|ssd|nvme|usb_flash|sd|emmc|optical|other transport vendor model firmware serial:t4096 \
	serialSource serialQuality=none|weak|good serialWhy? wwn? cid? usbVidPid? bridgeSerial? capacity% shown%? \
	logicalBlock% physicalBlock% virtual:b hiddenArea@hidden identity^ node port contentsBefore[0-65@content health?@
health|before@counts after@counts worse:b line#
counts|reallocatedSectors?# pendingSectors?# uncorrectableSectors?# percentageUsed?# powerOnHours?# mediaErrors?#
hidden|state=unknown|none|present|opened bytes?# why? line?#
content|number?# offset%? size%? table? type? usage? label? uuid? partType? why?
sanitization|levelClaimed${LEVELS} technique scheme standard plan^ passes# unconfirmed?:b levelBasis[0-13@condition
particles|id sha256:h particleLevel#
destroying|levelClaimed${LEVELS} technique standard levelBasis[0-13@condition
destruction|method=degauss|disintegrate|incinerate|melt|shred|pulverize|grind|crush|punch started:T ended:T \
	category=purge|destruct|destroy particleUm2?# machine? machineSerial? contractor? contractorDocument? standard? \
	particleLevel? fieldVerified? place? operator? wasteManifest? note? fieldOersted?# coercivityOersted?# \
	weightGrams?# count# statutoryMethod# lowCategory:b attachments[0-9@attachment items[0-500@item by@ witness?@ \
	line#
attachment|name:/^(?=.{3,63}$)[a-z0-9][a-z0-9-]*\\.[a-z0-9-]+$ kind=photo sha256:h size%
item|label serial
witness|name sameAccount:b at:T by@ line#
wipe|certificateId ${KIND} sha256:h p7s^ ${RESULT}${LEVELS} reason technique scheme passes# verification@ endedAt:T \
	line#
witnessed|method=witnessed result=pass|fail|not-done
condition|rule:/^c[1-9][0-9]?$ satisfied:b why line#
pass|${WRITTEN} reached% bad%${COURSE}
written|${WRITTEN}
keystream|cipher=AES-256-CTR keyHex:h counter:C passes[0-40@written
verification|method=full|sample|look|look-sample|keys result=pass|fail|incomplete|not-done coverage% mismatch% \
	unverified% unwritten% verifier=same_host unpluggedBefore?:b reloadedBy?=drive|person sampleWindows?# sample%? \
	sampleSeedHex?:h firstMismatch?@ mismatches?@ readings[0-80@reading
reading|pass# method=full|sample compared% unreadable% mismatch%${COURSE}
firstMismatch|offset% ${CLASS} writtenPass# writtenOffset% line#
mismatches|zeros% ones% uniform% otherOffset% otherPass% foreign% line#
native|${TOLD} first?@ markers@ looks[0-2@look attestation?@ password?@ alsoErased?[1-15@other
first|${TOLD}
password|passwordText cleared:b line# clearedLine?#
other|namespace# size% node?
keys|alone:b bytes# volumes[1-16@volume spans[1-64@span keystreamPass# written@keyStep readBack@keyStep attestation?@
volume|kind=luks1|luks2|bitlocker|veracrypt number# offset% size%
span|offset% length%
keyStep|done% bad% mismatch%${COURSE}
command|set=scsi|nvme|mmc requestHex:x1,64 answerHex?:x1,104 dataInHex?:x0,512 dataOutHex?:x0,512 errno?# at:T line#
markers|bytes# written:b readBack:b line?#
look|method=full|markers|sample looked% unreadable% zeros% ones% uniform% pattern% random% other% marker% error% \
	notAllowed%${COURSE}
attestation|name encryptedFromFirstUse:b noKeyCopies:b by@ at:T line#
spotCheck|step# probes# differing# line# found[1-16@probe
probe|offset% ${CLASS} writtenOffset%
notGenuine|claimed% real% exact:b how=wrap|alias|drop line# words@both
validation|decision=awaiting required?:b
exception|offset% length% reason=not-written|not-read|mismatch errno?#
interruption|event=stopped|lost|resumed|closed|registered at:T line# what? message? reason? bootId? origin? by? step?# \
	watermark%? from%? checked%? droppedTail?:b rule?@
rule|name limit# found# windowSeconds?#
verdict|${RESULT}${LEVELS} reason support[1-16@support
support|claim holds:b line#
caveat|id:/^K[1-9][0-9]?$ en zh_TW
limit|id en zh_TW
statement|schema=certwipe/statement/1 type=destruction-approval|document-withdrawal ${ISSUE} \
	decision=approved|rejected|void|superseded reason by@ signatories[1-1@approver register@state documents[1-200@stated
approver|role=approver cert^ person@who
state|origin previousSize# previousRoot:h
stated|certificateId:t63 json^ p7s^ supersededBy?@later
later|certificateId:t63 json^
export|schema=certwipe/register-export/1 type=register-export version=1.0 issuedAt:T organisation@place signatories[1-1@signatory register@log
place|name station
log|origin:t255 size# root:h noteKeyHex:h
leaf|v# index# kind:e15 at:e20 jobId:e63 documentId:e63 outcome:e23 level:e15 jsonSha256:e64 p7sSha256:e64 identitySha256:e64 laboratory:b subjectSha256:e64
subject|model:e255 serial:e1023 approvalNumber:e255 assetTag:e255 closesCase:b
`);
function fits(v, kind, key) {
	const rest = kind.slice(1),
		[, low, high, form] = /^(?:\[(\d+)-(\d+))?@(\w*)$/.exec(kind) || [],
		isForm = x => isObject(x) && checkForm(x, form || key);
	if (low) return Array.isArray(v) && v.length >= low && v.length <= high && v.every(isForm);
	if (form !== undefined) return isForm(v);
	if (kind === '#' || kind === 'b') return typeof v === (kind === '#' ? 'number' : 'boolean');
	return (
		typeof v === 'string' &&
		{
			t: () => v !== '' && (rest ? utf8(v) : [...v]).length <= (rest || 256) && !BANNED.test(v),
			e: () => utf8(v).length <= rest,
			T: () => timeOf(v) >= 0,
			h: () => isHash(v),
			x: () => RegExp(`^(?:[0-9a-f]{2}){${rest}}$`).test(v),
			'=': () => rest.split('|').includes(v),
			'/': () => RegExp(rest).test(v),
			C: () => v === 'be64(pass) || be64(byte offset / 16)',
		}[kind[0]]()
	);
}
function checkForm(object, form) {
	const known = new Set();
	for (const [, key, optional, kind] of FORMS[form]
		.join('|')
		.replace(/%(\??)/g, 'Bytes$1#')
		.replace(/\^(\??)(?= |$)/g, 'Sha256$1:h')
		.matchAll(/(\w+)(\??):?([#bThtexC=@[/]\S*)?(?: |$)/g)) {
		known.add(key);
		must(key in object ? fits(object[key], kind || 't', key) : optional, key);
	}
	return Object.keys(object).every(key => must(known.has(key), form));
}
