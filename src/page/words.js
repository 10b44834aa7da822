/* SPDX-License-Identifier: Apache-2.0 */
/* what the page says, in English and Chinese */

const CHECKS = table(`
size|files complete|檔案齊備
encoding|signature in its strict form|簽章格式正確
signer|signature names its signer|簽章載明簽署者
algorithms|allowed algorithms|演算法合於規定
digest|unchanged since signing|簽署後未經變更
signature|genuine signature|數位簽章為真
certificate|signer may sign documents|簽署憑證得簽署文件
trust|your root vouches for the signer|信任之根憑證可證明簽署者
canonical|document in its strict form|文件格式正確
content|content holds together|內容完整且無矛盾
signatories|document names its signers|文件載明簽署者
journal|journal whole and its own|作業紀錄完整且屬於本文件
claim|claim follows from journal|宣稱事項與作業紀錄相符
register|earlier register fits|先前之登記簿相符
order|proof of the register|登記簿證明成立
times|times fit|時間先後合理
type|a certificate|為證明書
laboratory|a real medium|為實際媒體
validation|approval in order|核可無誤
withdrawal|withdrawal in order|註銷無誤
attachments|attachments unchanged|附件未經變更
pdf-revision|PDF whole, nothing added|PDF 完整且無增補
pdf-range|seal over the whole PDF|封緘涵蓋整份 PDF
pdf-page|page as the evidence|頁面與證據檔相符
pdf-root|trusted root on the page|頁面所載根憑證為所信任者
pdf-note|its own QR code|QR 碼屬於本文件
pdf-seal|genuine seal|封緘為真
pdf|PDF as the files beside it|PDF 附件與另列檔案相同
note-form|a signed summary|文字為已簽署之摘要
note-document|that of the document|為所選文件之摘要
twins|one register|登記簿僅一份
export|genuine export|匯出為真
compared|documents compared|文件已比對
file|a file of certwipe|為 certwipe 之檔案
`),
	FACES = table(`
good|✓|Genuine: signed by a station that your root vouches for, and not changed since.|本件為真：由您所信任之根憑證所證明之工作站簽署，其後未經變更。
warn|!|Genuine, but no proof that a medium was sanitised: read the remarks.|本件為真，但不足以證明資料已清除，請閱附註。
unknown|?|Perhaps genuine, perhaps not: do not rely on it.|無法判定真偽，請勿採信。
bad|✕|Do not rely on this: changed, damaged, forged, or not from whom you trust.|請勿採信：本件遭變更、毀損或偽造，或來自您未信任之機關。
`),
	SAY = table(`
title|Check a certwipe certificate|查驗 certwipe 證明書
lead|Nothing is sent, nothing is kept.|本頁不傳送亦不留存任何資料。
language|中文|English
files|1. The document|一、文件
drop|Drop the PDF here, or choose its folder.|將 PDF 拖曳至此，或選擇其資料夾。
pick|Choose files|選擇檔案
folder|Choose a folder|選擇資料夾
root|2. Whom you trust|二、信任對象
rootLead|The organisation's root. Compare its fingerprint (SHA-256) with the paper.|機關之根憑證，請與紙本核對指紋（SHA-256）。
rootPick|Choose root.pem|選擇 root.pem
print|or type its fingerprint|或輸入其指紋
unlike|No such fingerprint (64 digits).|指紋不符（應為 64 位）。
note|Paste the text of a QR code|貼上 QR 碼之文字
working|Checking…|查驗中…
done|Checked.|查驗完畢。
foot|Take this page from whom you trust, never from whoever brings the document.|本頁請向可信任之來源取得，勿使用與文件一併取得者。
clock|station clock only|僅依工作站時鐘
entry|station clock; entry % of the register|工作站時鐘；登記簿第 % 項
remarks|Remarks|附註
quote|For your file|稽核紀錄用語
checks|All checks|各項查驗
says|The document says|文件所載
`),
	FACTS = table(`
kind|Document|文件
number|No.|編號
issued|Issued|簽發時間
by|Issuer|簽發機關
medium|Medium|媒體
serial|Serial no.|序號
level|Level|等級
next|What happens next|後續處理
time|Time|時間
replaces|Supersedes|取代
said|Decision|決定
hash|evidence.json|evidence.json
root|SHA-256 of the root|根憑證之 SHA-256
`),
	DECISIONS = table(`
approved|Approved|已核可
rejected|Rejected: do not release the medium|已駁回：媒體不得放行
void|Declared void: it proves nothing any more|已作廢：不足為憑
superseded|Superseded by %|已由 % 取代
`),
	LEVEL = table('none|none|無\nclear|Clear|清除\npurge|Purge|徹底清除\ndestroy|Destroy|銷毀');
