/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fixed words of a page, in both languages at once: no gettext, or the same evidence would make another page on another station.  A word that
 * was printed once never changes; a new one is added together with what it names, so that nothing was printed without it before.
 */
#include <string.h>

#include "sheet.h"

const struct sheet_text sheet_unknown = { "未載明", "not stated" };
const struct sheet_text sheet_next_heading = { "後續處理", "What happens next" };
const struct sheet_text sheet_limits_heading = { "本文件無法證明", "What this document does not prove" };
const struct sheet_text sheet_check_heading = { "核對方法", "How to check it" };
const struct sheet_text sheet_check_words = {
	"先比對根憑證指紋與檔案中之紙本，相符者再驗證本檔或附件：",
	"First compare this fingerprint of the root with the one on paper in your files. Only if it is the same, check this file, or those attached to it:" };
const struct sheet_text sheet_check_elsewhere = {
	"請向機關取得根憑證（root.pem），其指紋與檔案中之紙本相符者，再驗證本檔或附件：",
	"Get the organisation's root (root.pem). Its fingerprint must be the one on paper in your files. Then check this file, or those attached to it:" };
const struct sheet_text sheet_attached = { "附件 evidence.json", "SHA-256 of the attached evidence.json" };
const struct sheet_text sheet_sign_operator = { "承辦人", "Operator" };
const struct sheet_text sheet_sign_witness = { "監毀人", "Witness" };
const struct sheet_text sheet_sign_approver = { "核准人", "Approver" };
const struct sheet_text sheet_sign_here = { "簽章", "Signature" };
const struct sheet_text sheet_sign_date = { "日期", "Date" };
const struct sheet_text sheet_note_caption = { "簽章查驗", "Signed summary" };
const struct sheet_text sheet_note_unsigned = { "未簽章", "Summary, not signed" };
const struct sheet_text sheet_continued = { "續", "continued" };
const struct sheet_text sheet_number_label = { "編號", "No." };

struct row { const char *kind, *word; struct sheet_text shown; };

static const struct row rows[] = {
	{ "class", "HDD_ATA", { "硬碟（ATA）", "hard disk (ATA)" } },
	{ "class", "HDD_SCSI", { "硬碟（SCSI）", "hard disk (SCSI)" } },
	{ "class", "SSD_ATA", { "固態硬碟（ATA）", "solid-state drive (ATA)" } },
	{ "class", "SSD_SAS", { "固態硬碟（SCSI）", "solid-state drive (SCSI)" } },
	{ "class", "NVME", { "固態硬碟（NVMe）", "solid-state drive (NVMe)" } },
	{ "class", "USB_STICK", { "隨身碟", "USB stick" } },
	{ "class", "USB_BRIDGE_HDD", { "外接硬碟", "external hard disk" } },
	{ "class", "USB_BRIDGE_SSD", { "外接固態硬碟", "external solid-state drive" } },
	{ "class", "SD_CARD", { "記憶卡（SD）", "SD card" } },
	{ "class", "EMMC", { "eMMC 晶片", "eMMC chip" } },
	{ "class", "CD_R", { "CD-R 光碟片", "CD-R disc" } },
	{ "class", "DVD_R", { "DVD-R／DVD+R 光碟片", "DVD-R or DVD+R disc" } },
	{ "class", "BD_R", { "BD-R 光碟片", "BD-R disc" } },
	{ "class", "CD_RW", { "CD-RW 光碟片", "CD-RW disc" } },
	{ "class", "DVD_RW", { "DVD-RW 光碟片", "DVD-RW disc" } },
	{ "class", "DVD_PLUS_RW", { "DVD+RW 光碟片", "DVD+RW disc" } },
	{ "class", "DVD_RAM", { "DVD-RAM 光碟片", "DVD-RAM disc" } },
	{ "class", "BD_RE", { "BD-RE 光碟片", "BD-RE disc" } },
	{ "class", "OPTICAL_PRESSED", { "壓製光碟片", "pressed disc" } },
	{ "class", "FLOPPY", { "軟碟片", "floppy disk" } },
	{ "class", "SED", { "自我加密硬碟", "self-encrypting drive" } },
	{ "class", "VIRTUAL", { "虛擬媒體（實驗用）", "virtual medium (laboratory)" } },
	{ "class", "UNKNOWN", { "種類不明", "unknown kind of medium" } },

	{ "level", "none", { "無", "none" } },
	{ "level", "clear", { "清除", "Clear" } },
	{ "level", "purge", { "徹底清除", "Purge" } },
	{ "level", "destroy", { "銷毀", "Destroy" } },

	{ "technique", "overwrite", { "覆寫", "overwriting" } },
	{ "technique", "optical_overwrite", { "覆寫光碟", "overwriting of a disc" } },
	{ "technique", "optical_format", { "光碟格式化", "formatting of a disc" } },
	{ "technique", "optical_blank", { "整片光碟空白化", "blanking of the whole disc" } },
	{ "technique", "optical_track", { "整片光碟空白化、全片燒錄、再次空白化", "blanking, recording and blanking of the whole disc" } },
	{ "technique", "optical_blank_min", { "移除光碟目錄", "taking away the table of contents of a disc" } },
	{ "technique", "key_destroy", { "銷毀媒體上之金鑰", "destroying the keys on the medium" } },
	{ "technique", "unknown", { "未載明", "not stated" } },
	{ "technique", "ata_erase", { "裝置自行清除：ATA SECURITY ERASE UNIT", "ATA SECURITY ERASE UNIT, by the drive itself" } },
	{ "technique", "ata_erase_enhanced", { "裝置自行清除：ATA SECURITY ERASE UNIT（增強）", "ATA SECURITY ERASE UNIT, enhanced, by the drive itself" } },
	{ "technique", "ata_sanitize_block", { "裝置自行清除：ATA SANITIZE 區塊抹除", "ATA SANITIZE, block erase, by the drive itself" } },
	{ "technique", "ata_sanitize_crypto", { "裝置自行清除：ATA SANITIZE 金鑰銷毀", "ATA SANITIZE, crypto scramble, by the drive itself" } },
	{ "technique", "nvme_sanitize_block", { "裝置自行清除：NVMe Sanitize 區塊抹除", "NVMe Sanitize, block erase, by the drive itself" } },
	{ "technique", "nvme_sanitize_crypto", { "裝置自行清除：NVMe Sanitize 金鑰銷毀", "NVMe Sanitize, crypto erase, by the drive itself" } },
	{ "technique", "nvme_sanitize_overwrite", { "裝置自行清除：NVMe Sanitize 覆寫", "NVMe Sanitize, overwrite, by the drive itself" } },
	{ "technique", "nvme_format_user", { "裝置自行清除：NVMe Format 使用者資料抹除", "NVMe Format, user data erase, by the drive itself" } },
	{ "technique", "nvme_format_crypto", { "裝置自行清除：NVMe Format 金鑰銷毀", "NVMe Format, cryptographic erase, by the drive itself" } },
	{ "technique", "ata_sanitize_overwrite", { "裝置自行清除：ATA SANITIZE 覆寫", "ATA SANITIZE, overwrite, by the drive itself" } },
	{ "technique", "scsi_sanitize_block", { "裝置自行清除：SCSI SANITIZE 區塊抹除", "SCSI SANITIZE, block erase, by the drive itself" } },
	{ "technique", "scsi_sanitize_crypto", { "裝置自行清除：SCSI SANITIZE 金鑰銷毀", "SCSI SANITIZE, cryptographic erase, by the drive itself" } },
	{ "technique", "scsi_sanitize_overwrite", { "裝置自行清除：SCSI SANITIZE 覆寫", "SCSI SANITIZE, overwrite, by the drive itself" } },
	{ "technique", "mmc_sanitize", { "裝置自行清除：eMMC SANITIZE", "eMMC SANITIZE, by the chip itself" } },
	{ "technique", "mmc_secure_erase", { "裝置自行清除：eMMC secure erase", "eMMC secure erase, by the chip itself" } },
	{ "technique", "mmc_secure_trim", { "裝置自行清除：eMMC secure trim", "eMMC secure trim, by the chip itself" } },
	{ "technique", "sd_erase", { "裝置自行清除：SD 抹除", "SD erase, by the card itself" } },
	{ "technique", "tcg_psid_revert", { "TCG 還原（使用標籤上之 PSID），由裝置執行", "TCG revert by the PSID on the label, by the drive itself" } },
	{ "technique", "tcg_revert", { "TCG 還原（使用出廠預設密碼），由裝置執行", "TCG revert by the owner's default PIN, by the drive itself" } },
	{ "technique", "scsi_format", { "裝置自行格式化：SCSI FORMAT UNIT", "SCSI FORMAT UNIT, by the drive itself" } },

	{ "technique", "degauss", { "消磁", "degaussing" } },
	{ "technique", "disintegrate", { "細碎", "disintegration" } },
	{ "technique", "incinerate", { "焚化", "incineration" } },
	{ "technique", "melt", { "熔毀", "melting" } },
	{ "technique", "shred", { "粉碎（碎裁）", "shredding" } },
	{ "technique", "pulverize", { "搗碎", "pulverizing" } },
	{ "technique", "grind", { "表面研磨", "surface grinding" } },
	{ "technique", "crush", { "壓毀", "crushing" } },
	{ "technique", "punch", { "穿孔", "punching" } },
	{ "category", "purge", { "Purge 徹底清除", "a technique of Purge" } },
	{ "category", "destruct", { "IEEE 2883 列為 Destruct，NIST 列為 Purge", "Destruct under IEEE 2883, Purge under NIST SP 800-88" } },

	{ "method", "full", { "全數讀回比對", "full read-back" } },
	{ "method", "sample", { "抽樣讀回比對", "sampled read-back" } },
	{ "method", "look", { "清除後全數檢視", "all of it was looked at afterwards" } },
	{ "method", "look-sample", { "清除後抽樣檢視", "a sample was looked at afterwards" } },
	{ "method", "keys", { "金鑰存放處讀回比對", "read-back of the places of the keys" } },
	{ "result", "pass", { "相符", "equal" } },
	{ "result", "fail", { "不符", "failed" } },
	{ "result", "incomplete", { "未完成", "incomplete" } },
	{ "result", "not-done", { "未執行", "not done" } },

	{ "native", "not-sent", { "未下達指令", "nothing: it was not told to" } },
	{ "native", "busy", { "正在執行其他清除作業", "busy with another such command" } },
	{ "native", "sent", { "指令已送出，結果不明", "nothing that shows what became of the command" } },
	{ "native", "running", { "執行中", "still at it" } },
	{ "native", "succeeded", { "已完成，無誤", "ended without an error" } },
	{ "native", "failed", { "失敗", "failed" } },
	{ "native", "refused", { "拒絕執行", "refused" } },

	{ "found", "pass", { "無殘留", "nothing left" } },
	{ "found", "fail", { "有殘留或失敗", "something left, or failed" } },
	{ "found", "incomplete", { "未完成", "incomplete" } },
	{ "found", "not-done", { "未執行", "not done" } },

	{ "authorisation", "serial", { "輸入媒體序號", "the serial number printed on the medium was typed" } },
	{ "authorisation", "asset-tag", { "輸入財產編號", "the asset tag on the medium was typed" } },
	{ "authorisation", "replug", { "拔出並重新插入媒體", "the medium was unplugged and plugged in again" } },
	{ "authorisation", "list", { "核准清冊", "a list of approved media" } },

	{ "validation", "awaiting", { "待確認", "awaiting" } },
	{ "validation", "approved", { "核可", "approved" } },
	{ "validation", "rejected", { "退回", "rejected" } },

	{ "case", "yes", { "是", "yes" } },
	{ "case", "no", { "否", "no" } },
	{ "case", "original", { "原件", "original" } },
	{ "case", "copy", { "複本", "copy" } },
	{ "case", "none", { "非檔案", "no record" } },
	{ "case", "reuse-internal", { "內部再使用", "reuse inside" } },
	{ "case", "reuse-external", { "外部再使用", "reuse outside" } },
	{ "case", "recycle", { "回收", "recycling" } },
	{ "case", "return-vendor", { "退還廠商", "return to the vendor" } },
	{ "case", "destroy", { "實體銷毀", "physical destruction" } },
	{ "case", "other", { "其他", "other" } },
};

struct sheet_text sheet_word(const char *kind, const char *word)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(rows); i++)
		if (!strcmp(rows[i].kind, kind) && !strcmp(rows[i].word, word))
			return rows[i].shown;
	return (struct sheet_text){ NULL, word };
}

/* ---- why not better ---- */

static const struct sheet_text reasons[] = {
	{ "預定之位元組均已寫入並讀回，比對相符。", "Every planned byte was written, read back and is equal." },
	{ "預定之位元組均已寫入；抽樣部分已讀回，比對相符。", "Every planned byte was written; what was sampled was read back and is equal." },
	{ "加密磁區之金鑰存放處均已覆寫並讀回，比對相符；其餘內容仍留存於媒體。",
	  "The places where the keys of the encrypted volumes stood were overwritten, read back and are equal; everything else was left on the medium." },
	{ "僅擬銷毀金鑰，但媒體上尚有不受其保護之內容。", "Only keys were to be destroyed, and there was something on the medium that does not hang on them." },
	{ "作業遭拒絕，未寫入任何資料。", "The job was refused; nothing was written to the medium." },
	{ "作業於寫入前中止，未寫入任何資料。", "The job was stopped before anything was written to the medium." },
	{ "媒體於寫入前失去連線，未寫入任何資料。", "The medium was lost before anything was written to it." },
	{ "媒體並非核准之媒體，未寫入任何資料。", "The medium was not the one that was authorised; nothing was written to it." },
	{ "未寫入任何資料。", "Nothing was written to the medium." },
	{ "媒體讀回之資料屬於其他位置：實際容量小於回報容量。", "The medium returned data that was written for another place: it does not hold as much as it reports." },
	{ "部分磁區無法寫入或讀取，且讀回資料與寫入不符。", "Some sectors could not be written or read, and what was read back is not what was to be written." },
	{ "讀回資料與寫入不符。", "What was read back is not what was written." },
	{ "部分磁區無法寫入或讀取，其內容未被銷毀。", "Some sectors could not be written or read; what they hold was not destroyed." },
	{ "作業於完成前中止。", "The job was stopped before its end." },
	{ "媒體或作業程式於完成前中斷。", "The medium or the program that worked on it was lost before the end." },
	{ "媒體接收資料後未能儲存：寫出快取失敗。", "The medium took data and then did not store them: writing out its cache failed." },
	{ "作業未執行至完成。", "The job did not run to its end." },
	{ "預定之位元組未全數寫入並讀回。", "Not everything that was planned was written and read back." },
	{ "寫入之資料未全數讀回。", "Not everything that was written was read back." },
	{ "媒體僅儲存其回報容量之一部分。", "The medium stores nothing beyond a part of what it reports to hold." },
	{ "作業依政策規則中止：媒體壞軌過多。", "A rule of the policy stopped the job: the medium has too many bad blocks." },
	{ "作業依政策規則中止：媒體速度過慢。", "A rule of the policy stopped the job: the medium is too slow." },
	{ "作業依政策規則中止：作業時間過長。", "A rule of the policy stopped the job: it took too long." },
	{ "作業依政策規則中止：媒體溫度過高。", "A rule of the policy stopped the job: the medium became too hot." },
	{ "作業依政策規則中止。", "A rule of the policy stopped the job." },
	{ "媒體回報有隱藏區，且未開啟。", "The drive told of a hidden area, and it was not opened." },
	{ "媒體有隱藏區，其大小不明。", "The medium has a hidden area of unknown size." },
	{ "不明媒體是否有隱藏區。", "Whether the medium has a hidden area is not known." },
	{ "覆寫可定址磁區不足以證明。", "An overwrite of the addressable sectors does not show this." },
	{ "媒體尚有其他命名空間或未配置之容量。", "The drive has more than this namespace: others, or capacity in none." },
	{ "部分磁區無法寫入或讀取。", "Some sectors could not be written or read." },
	{ "部分磁區之內容與寫入不符。", "Some sectors did not hold what was written to them." },
	{ "磁區未全數寫入並讀取。", "Not all sectors were written and read." },
	{ "未有任一次寫入後再寫入其補數。", "No pass was followed by its complement." },
	{ "未有任一隨機資料流經全數讀回。", "No keystream was read back whole." },
	{ "媒體回報已自行清除，但事前寫入之標記仍在。", "The medium said that it had sanitised itself, and markers that were on it before are still there." },
	{ "媒體回報已自行清除，但其上有清除後不應存在之內容。",
	  "The medium said that it had sanitised itself, and something was found on it that this does not leave." },
	{ "媒體回報自行清除失敗。", "The medium said that sanitising itself failed." },
	{ "硬碟可能仍設有密碼「certwipe」。以 `certwipe resume` 續作可抹除並解鎖，`certwipe unlock` 僅解鎖；亦可用 hdparm --user-master u --security-unlock certwipe，再用 --security-disable certwipe。",
	  "The password \"certwipe\" may still be set on the drive. `certwipe resume JOB` erases and unlocks it, `certwipe unlock` only unlocks it; "
	  "by hand: hdparm --user-master u --security-unlock certwipe, then --security-disable certwipe." },
	{ "媒體之隱藏區無法開啟，未寫入任何資料。", "The hidden area of the medium could not be opened; nothing was written to the medium." },
	{ "硬碟已顯示隱藏區，但電腦尚未察覺：請拔出並重新插入後續作；尚未寫入任何資料。",
	  "The drive shows its hidden area now, and the computer has not noticed: unplug it, plug it in again, and resume the job. Nothing was written yet." },
	{ "硬碟未開啟隱藏區；拔出並重新插入後可能可開啟一次，屆時請續作。未寫入任何資料。",
	  "The drive did not open its hidden area; it may do so once after it was unplugged and plugged in again: then resume the job. Nothing was written." },
	{ "裝置之回應不足以證明作業紀錄所載之隱藏區狀態。", "What the drive answered does not bear out what the journal says of a hidden area." },
	{ "硬碟回報有待處理磁區，不明能否讀取。", "The drive says that there are sectors of which it does not know whether they can be read." },
	{ "硬碟回報之壞軌較作業前增加。", "The drive tells of more bad sectors than before." },
	{ "作業紀錄未載明裝置抹除所用之密碼。", "The journal does not tell with which password the drive was to erase itself." },
	{ "裝置未回報作業之密碼已清除。", "The drive did not say that the password of the job is cleared again." },
	{ "燒錄機未回報整片光碟僅有一個燒錄區段。", "The drive did not say that one session fills the disc." },
	{ "光碟機未表示光碟可燒錄之容量即為此數。", "The drive did not say that no more than this can be recorded on the disc." },
	{ "硬碟不接受此密碼：請與標籤上之 PSID 逐字核對後再試。",
	  "The drive does not accept this PIN: compare the PSID with the drive's label, character by character, and wipe it anew." },
	{ "硬碟已無可用之工作階段：請關閉其電源後重新開啟。", "The drive has no session free: switch it off and on." },
	{ "錯誤密碼次數過多，硬碟不再受理：請關閉其電源後重新開啟。", "The drive takes no more PINs after so many wrong ones: switch it off and on." },
	{ "媒體拒絕自行清除。", "The medium refused to sanitise itself." },
	{ "標記未全數寫入並讀回，即進行自行清除。", "Not all markers were written and read back before the medium was to sanitise itself." },
	{ "媒體未回報已自行清除，或其回報不可採信。", "The medium did not say that it had sanitised itself, or not so that it can be believed." },
	{ "媒體自行清除後，應檢視之範圍未全數檢視。", "Not everything was looked at that was to be looked at after the medium had sanitised itself." },
	{ "作業於媒體自行清除期間中止：媒體仍繼續清除，但無人監看。",
	  "The job was stopped while the medium was sanitising itself: it goes on with that, and nobody watches it." },
	{ "媒體回報已自行清除，且無標記殘留；另全數覆寫，抽樣部分已讀回，比對相符。",
	  "The medium said that it sanitised itself, and no marker was left; every byte was written besides, and what was sampled was read back and is equal." },
	{ "媒體回報已自行清除，且無標記殘留；另全數覆寫並讀回，比對相符。",
	  "The medium said that it sanitised itself, and no marker was left; every byte was written besides, read back and is equal." },
	{ "媒體回報已自行清除；無標記殘留，抽樣部分亦無清除後不應存在之內容。",
	  "The medium said that it sanitised itself; no marker was left, nor anything where it was sampled that this does not leave." },
	{ "媒體回報已自行清除，且其上各處均無清除後不應存在之內容。",
	  "The medium said that it sanitised itself, and nothing was found anywhere on it that this does not leave." },
	{ "媒體回報自行清除失敗，且須完成清除始能再讀寫：請使其重新清除（sg_sanitize）或實體銷毀。",
	  "The medium said that sanitising itself failed, and takes no reads or writes until it has done so: have it do it again (sg_sanitize), or destroy it physically." },
	{ "媒體回報自行清除失敗；媒體已恢復可用，其內容應以其他方式銷毀。",
	  "The medium said that sanitising itself failed; it was made usable again, and what it holds is to be destroyed in another way." },
	{ "媒體回報自行清除失敗，且須完成清除始能開啟：請使其重新清除（nvme sanitize）或實體銷毀。",
	  "The medium said that sanitising itself failed, and stays closed until it has done so: have it do it again (nvme sanitize), or destroy it physically." },
	{ "作業於媒體自行格式化期間結束；格式化若中斷，須完成格式化始能使用：請續行作業，或重新格式化（nvme format）。",
	  "The job ended while the medium was formatting itself; if that is cut off, it cannot be used until it has been formatted to its end: resume the job, or format it again (nvme format)." },
	{ "該指令抹除磁碟機之全部命名空間，計畫並列明併同抹除者；此等命名空間事後未檢視。",
	  "The command erases all namespaces of the drive, and the plan names those that die besides; these were not looked at afterwards." },
	{ "媒體回報格式化失敗，須完成格式化始能使用：請重新格式化（sg_format --format）或實體銷毀。",
	  "The medium said that formatting failed, and cannot be used until it has been formatted to its end: format it again (sg_format --format), or destroy it physically." },
	{ "作業於媒體自行格式化期間結束；格式化若中斷，須完成格式化始能使用：請續行作業，或重新格式化（sg_format --format）。",
	  "The job ended while the medium was formatting itself; if that is cut off, it cannot be used until it has been formatted to its end: resume the job, or format it again (sg_format --format)." },
	{ "作業於晶片自行抹除期間結束；中斷者不續行：請續行作業，即重新抹除。",
	  "The job ended while the chip was erasing itself; what was interrupted is lost: resume the job, and it begins anew." },
	{ "作業於記憶卡自行抹除期間結束；中斷者不續行：請續行作業，即重新抹除。",
	  "The job ended while the card was erasing itself; what was interrupted is lost: resume the job, and it begins anew." },
	{ "媒體有隱藏區，清除後無法檢視。", "The medium has a hidden area into which nobody could look afterwards." },
	{ "媒體未回報具有此指令。", "The medium had not said that it has the command." },
	{ "媒體未回報已無誤執行此指令。", "The medium did not say that it carried the command out without an error." },
	{ "未有人具結資料自始加密且金鑰無複本。", "Nobody attested that all data was encrypted from first use and that there is no copy of the key." },
	{ "無法確定指令送達磁碟機。", "Commands did not reach the drive for certain." },
	{ "媒體已於監毀人見證下實體銷毀。", "The medium was destroyed physically before a witness." },
	{ "媒體已先清除至此等級，再於監毀人見證下實體銷毀。", "The medium was wiped to this level and then destroyed physically before a witness." },
	{ "媒體已於監毀人見證下消磁，磁場強度高於媒體矯頑磁力。", "The medium was degaussed before a witness, with a field that it does not withstand." },
	{ "媒體已先清除至此等級，再於監毀人見證下消磁。", "The medium was wiped to this level and then degaussed before a witness." },
	{ "銷毀紀錄前後不一致。", "The record of the destruction does not hang together." },
	{ "媒體應實體銷毀，惟無銷毀紀錄。", "The medium was to be destroyed physically, and nothing says that it was." },
	{ "已登錄銷毀，惟無第二人確認。", "The destruction was recorded, and no second person has confirmed it." },
	{ "銷毀紀錄未完成。", "The record of the destruction was not brought to its end." },
	{ "媒體非磁性媒體。", "The medium is not magnetic." },
	{ "未載明消磁機磁場強度或媒體矯頑磁力。", "The field of the degausser or the coercivity of the medium is not recorded." },
	{ "消磁機磁場強度低於媒體矯頑磁力。", "The field of the degausser is weaker than the coercivity of the medium." },
	{ "未載明消磁機或其磁場最近查驗紀錄。", "The degausser, or when its field was last verified, is not recorded." },
	{ "未載明機具。", "The machine is not recorded." },
	{ "未載明碎片尺寸。", "The size of the particles is not recorded." },
	{ "碎片大於政策或標準就此類媒體所容許之尺寸。", "The particles are larger than the policy or the standard allows for such media." },
	{ "無法得知資料屬最低安全等級。", "The data is not known to be of the lowest security category." },
	{ "壓毀或穿孔所餘部分仍可能復原資料，不得宣稱任何等級。",
	  "Crushing and punching leave parts from which data can be recovered: no level is claimed for them." },
	{ "依政策所採標準，單獨粉碎或搗碎此類媒體不得宣稱任何等級。", "Shredding or pulverizing alone reaches no level for such media under the standard of the policy." },
	{ "此類媒體以此銷毀方式不得宣稱任何等級。", "No level may be claimed for this way of destruction on this kind of medium." },
	{ "光碟機已將光碟空白化，且不再讀出任何區塊；不得據此宣稱任何等級，請實體銷毀。",
	  "The drive blanked the disc and gives no block of it any more; no level may be claimed for that: destroy it physically." },
	{ "僅移除光碟之目錄：光碟機視為空白片，資料仍全數留存。請將整片空白化，並實體銷毀。",
	  "Only the table of contents of the disc was taken away: drives take it for blank, and all data are still on it. Blank the whole disc, and destroy it physically." },
	{ "作業於光碟機空白化期間結束；若因而中斷，光碟無法讀取或燒錄，且可能仍存有舊資料：請重新空白化或實體銷毀。",
	  "The job ended while the drive was blanking the disc; if that is cut off, the disc can be neither read nor recorded, and old data may still be on it: blank it again, or destroy it physically." },
	{ "光碟已格式化而可覆寫，惟尚未覆寫任何資料：請取出光碟後重新放入，再行清除。",
	  "The disc was formatted, so that it can be overwritten, and nothing on it was overwritten yet: take it out, put it in again, and wipe it." },
	{ "作業於光碟機格式化期間結束；若因而中斷，須重新格式化：請重新清除或實體銷毀。",
	  "The job ended while the drive was formatting the disc; if that is cut off, it has to be formatted again: wipe it anew, or destroy it physically." },
	{ "作業於光碟機空白化期間結束；資料仍全數留存：請將整片空白化，並實體銷毀。",
	  "The job ended while the drive was blanking the disc; all data are still on it: blank the whole disc, and destroy it physically." },
	{ "此類媒體以此技術不得宣稱任何等級，請實體銷毀。", "No level may be claimed for this technique on this kind of medium: destroy it physically." },
};

/* Of a journal that does not hang together the English sentence says what exactly; the Chinese one only that. */
const char *sheet_reason_zh(const char *reason)
{
	for (size_t i = 0; i < CW_ARRAY_LEN(reasons); i++)
		if (!strcmp(reasons[i].en, reason))
			return reasons[i].zh;
	return "作業紀錄不足以證明（詳英文說明）。";
}
