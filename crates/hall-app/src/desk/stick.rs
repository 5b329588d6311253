//! A stick at the desk: who may write one or read one, and how long one may be there.
//!
//! Runs beside the commands and holds no lock for long; what a stick is and what is believed of it is not decided here.

use std::path::Path;

use hall_core::EntityId;
use hall_core::vocab::DeviceRole;

use super::{Access, clerk};
use crate::api::desk::{StickRead, StickWritten};
use crate::error::AppError;
use crate::errors::bad_field;
use crate::hall::Hall;

/// Bytes of a stick that a desk reads: the window hands over the whole file in memory.
const READ_MAX: u64 = 64 << 20;

/// What it holds is readable by whoever finds the file, so it takes a supervisor.
pub(crate) fn write(
    app: &Hall,
    caller: &str,
    path: &Path,
    reader: DeviceRole,
) -> Result<StickWritten, AppError> {
    let by = admit(app, caller, Access::Supervisor)?;
    let mut exported = app.export(path, reader)?;
    if exported.bytes > READ_MAX {
        exported.problems.push(too_long(exported.bytes));
    }
    tracing::info!(%by, ?reader, "the desk wrote a stick");
    Ok(StickWritten {
        place: path.to_string_lossy().into_owned(),
        ops: count(exported.ops),
        problems: exported.problems,
    })
}

/// What comes is judged as if a line had brought it, which asks nobody.
pub(crate) fn read(app: &Hall, caller: &str, file: &[u8]) -> Result<StickRead, AppError> {
    let by = admit(app, caller, Access::Staff)?;
    let bytes = file.len() as u64;
    if bytes > READ_MAX {
        return Err(bad_field(too_long(bytes)));
    }
    let imported = app.import_from(file)?;
    tracing::info!(%by, "the desk read a stick");
    Ok(StickRead {
        from: imported.name,
        new: count(imported.ops + imported.payloads),
        known: count(imported.known),
        problems: imported.problems,
    })
}

fn count(ops: u64) -> u32 {
    u32::try_from(ops).unwrap_or(u32::MAX)
}

fn admit(app: &Hall, caller: &str, access: Access) -> Result<EntityId, AppError> {
    let (mut inner, now) = app.today()?;
    clerk(&mut inner, caller, now, access)
}

fn too_long(bytes: u64) -> String {
    format!(
        "文件有 {} MB，服务台的窗口最多读 {} MB。请维护人员在读的那台机器上关掉程序，用 hallctl import 导入",
        bytes.div_ceil(1 << 20),
        READ_MAX >> 20
    )
}
