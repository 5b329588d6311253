//! What is said of a stick, to whoever stands before the console with it: what is wrong, and what to do.

use hall_sync::stick::StickError;
use hall_sync::wire::Verdict;

pub const IN_USE: &str =
    "县级平台正在运行，占着这个文件夹。请先停下它（systemctl stop county-server），导入或导出完再启动";
pub(super) const NOT_FOUND: &str = "打不开这个文件，请核对文件名，看 U 盘插好没有";
pub(super) const NOT_READ: &str = "U 盘上的文件读不出来，请把 U 盘插好或换一个，再导入一次";
pub(super) const OURS: &str = "这是县级平台写给大厅的文件。请带到大厅，在服务台的机器上导入";
pub(super) const REVOKED: &str =
    "导出这个文件的机器已经停用，不能导入。请在该厅另一台服务台上导出，再导入一次";
pub(super) const CLOCK: &str = "这里的时钟比登记那台机器时还慢，不能导入。请先把时钟校准，再导入一次";
pub(super) const FULL: &str = "U 盘满了，没有导出。请腾出空间或换一个 U 盘，再导出一次";
pub(super) const NOT_WRITTEN: &str =
    "U 盘写不进去，没有导出。请看 U 盘插好没有、是不是写保护，或换一个再导出一次";
pub(super) const TOO_LARGE: &str = "有一段记录太大，没有导出。请联系维护人员，数据都在";

pub(super) fn no_such_hall(hall: u32) -> String {
    format!("没有编号是 {hall} 的大厅，或者它还没有登记过机器，没有导出。请用 devices 命令核对编号")
}

/// Of what stopped the reading behind some batches.
pub(super) fn stopped_behind(batches: u64, why: &str) -> String {
    format!("前面完好的 {batches} 段已经收下。{why}")
}

/// Why a file is not read, or not further.
pub(super) fn unread(error: StickError) -> &'static str {
    match error {
        StickError::NotOurs => "这不是零工大厅导出的文件（.lgb），请另选一个文件",
        StickError::Version(_) => {
            "这个文件是新版本的程序导出的，这里读不了。请先升级县级平台的程序，再导入一次"
        }
        StickError::CutOff => "文件不完整，像是没写完就拔了 U 盘。请让大厅重新导出，再导入一次",
        StickError::Damaged => "文件坏了，后面的没有收。请让大厅重新导出（或换一个 U 盘），再导入一次",
        StickError::Malformed => "文件里有认不出的内容，后面的没有收。请升级县级平台的程序，或让大厅重新导出",
        StickError::OtherHall { .. } | StickError::Stranger => {
            "导出这个文件的大厅或机器没有在本县登记过，不能导入。请先用登记码登记那台机器，再导出一次"
        }
    }
}

/// Why a batch was not taken to its end.
pub(super) fn refused(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Gap => "有的记录前面缺了一段，没有收。请先导入更早的那个 U 盘文件，再导入一次",
        Verdict::Unsealed => "有的记录签名对不上，没有收。请让大厅在写这些记录的机器上重新导出，再导入一次",
        Verdict::Foreign => "有的记录是没有登记的机器或别的大厅写的，没有收。请先登记那台机器，再导入一次",
        Verdict::Forbidden => {
            "有一台自助机写了只有服务台才能写的记录，从那里起没有收。那台机器可能被人动过，请让大厅停用它"
        }
        Verdict::Malformed => "有的记录读不出来，没有收。请升级县级平台的程序，或让大厅重新导出",
        Verdict::Fork => {
            "同一台机器有两份不同的记录（像是被复制或恢复过），和这里不同的那份没有收，已另存。请联系维护人员核对"
        }
    }
}
