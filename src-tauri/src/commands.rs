//! What the windows can call. Each body hands the command to the façade and returns its answer.

#![expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its arguments by value")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use hall_app::api::desk::{StickRead, StickWritten};
use hall_app::api::readers::{ReaderEvent, Seat};
use hall_app::api::{DeskReply, KioskCommand, KioskReply, WallReply};
use hall_app::lines::{self, Invitation};
use hall_app::readers::Readers;
use hall_app::{AppError, Code, Hall};
use hall_core::vocab::DeviceRole;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tauri::ipc::{Channel, InvokeBody, Request};
use tauri::{AppHandle, Runtime, State, WebviewWindow};

use crate::files::Handed;
use crate::windows;

pub(crate) type Shared = Arc<Hall>;

#[tauri::command(async)]
pub(crate) fn kiosk<R: Runtime>(
    window: WebviewWindow<R>,
    hall: State<'_, Shared>,
    command: Value,
) -> Result<KioskReply, AppError> {
    forward(command, |command| hall.kiosk(window.label(), command))
}

#[tauri::command(async)]
pub(crate) fn desk<R: Runtime>(
    window: WebviewWindow<R>,
    hall: State<'_, Shared>,
    command: Value,
) -> Result<DeskReply, AppError> {
    forward(command, |command| hall.desk(window.label(), command))
}

#[tauri::command(async)]
pub(crate) fn wall<R: Runtime>(
    window: WebviewWindow<R>,
    hall: State<'_, Shared>,
    command: Value,
) -> Result<WallReply, AppError> {
    forward(command, |command| hall.wall(window.label(), command))
}

/// Staff with the PIN get the kiosk out of its full screen.
#[tauri::command(async)]
pub(crate) fn leave_kiosk<R: Runtime>(
    window: WebviewWindow<R>,
    hall: State<'_, Shared>,
    pin: String,
) -> Result<(), AppError> {
    guarded(|| hall.kiosk(window.label(), KioskCommand::StaffExit { pin }))?;
    windows::unlock(&window).map_err(|error| {
        tracing::error!(%error, "the kiosk window could not be unlocked");
        AppError::new(Code::Internal, "窗口没有退出全屏，请再试一次。").retryable()
    })
}

/// Makes this machine one of the hall or county that gave out the invitation, and starts the program anew.
#[tauri::command]
pub(crate) async fn join<R: Runtime>(
    app: AppHandle<R>,
    hall: State<'_, Shared>,
    invitation: String,
) -> Result<(), AppError> {
    let invitation: Invitation = invitation.parse().map_err(|_| {
        AppError::new(Code::CodeMistyped, "看不懂这个邀请码，请对照服务台屏幕再输一次，或者扫码")
    })?;
    // Only before the first set-up: a desk at work is not moved to another hall by whoever stands there.
    hall.check_blank()?;
    lines::join(&hall, &invitation).await?;
    app.request_restart();
    Ok(())
}

/// Puts a file that the desk asked for where staff can find it, and says where.
#[tauri::command(async)]
pub(crate) fn save_file(files: State<'_, Handed>, name: String, data: String) -> Result<String, AppError> {
    guarded(|| files.save(&name, &data))
}

/// Writes a stick beside the other files that staff are handed.
#[tauri::command(async)]
pub(crate) fn write_stick<R: Runtime>(
    window: WebviewWindow<R>,
    hall: State<'_, Shared>,
    files: State<'_, Handed>,
    name: String,
    reader: DeviceRole,
) -> Result<StickWritten, AppError> {
    guarded(|| files.make(&name, |path, _reserved| hall.write_stick(window.label(), path, reader)))
}

/// Reads a stick, whose bytes are the body of the request: as JSON it would lie in memory many times over.
#[tauri::command(async)]
pub(crate) fn read_stick<R: Runtime>(
    window: WebviewWindow<R>,
    hall: State<'_, Shared>,
    request: Request<'_>,
) -> Result<StickRead, AppError> {
    let InvokeBody::Raw(file) = request.body() else {
        return Err(AppError::new(Code::BadCommand, "文件没有传完整，请重新选择文件。").retryable());
    };
    guarded(|| hall.read_stick(window.label(), file))
}

/// From now on this window, and no other, hears its scanner and card reader.
#[tauri::command(async)]
pub(crate) fn hear_readers<R: Runtime>(
    window: WebviewWindow<R>,
    readers: State<'_, Readers>,
    channel: Channel<ReaderEvent>,
) {
    let Some(seat) = Seat::of(window.label()) else { return };
    readers.hear(seat, move |event| {
        if let Err(error) = channel.send(event) {
            tracing::warn!(%error, "a window did not hear its readers");
        }
    });
}

/// Shows a file that this program made in the system's own viewer, from where staff print it.
#[tauri::command(async)]
pub(crate) fn open_file(files: State<'_, Handed>, path: PathBuf) -> Result<(), AppError> {
    guarded(|| files.open(&path))
}

/// Every command of every window.
pub(crate) fn handler<R: Runtime>() -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        kiosk,
        desk,
        wall,
        leave_kiosk,
        join,
        save_file,
        open_file,
        write_stick,
        read_stick,
        hear_readers
    ]
}

/// Tells every window when the hall's state has changed, and starts the program anew when it must.
pub(crate) fn announce<R: Runtime>(app: AppHandle<R>, hall: Arc<Hall>) {
    use tauri::Emitter as _;

    let mut changes = hall.changes();
    tauri::async_runtime::spawn(async move {
        while changes.changed().await.is_ok() {
            changes.mark_unchanged();
            if hall.must_restart() {
                tracing::warn!("starting anew, in another epoch");
                app.request_restart();
            }
            if let Err(error) = app.emit("hall-changed", ()) {
                tracing::warn!(%error, "the windows were not told of a change");
            }
        }
    });
}

fn forward<C: DeserializeOwned, T>(
    command: Value,
    act: impl FnOnce(C) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let command = serde_json::from_value(command).map_err(|error| {
        tracing::error!(%error, "a window sent a command that cannot be read");
        AppError::new(Code::BadCommand, "程序内部的请求写错了，请联系维护人员。")
    })?;
    guarded(|| act(command))
}

/// A bug in one command must not close the kiosk: a panic becomes an answer. The hook has logged it.
fn guarded<T>(act: impl FnOnce() -> Result<T, AppError>) -> Result<T, AppError> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| {
        Err(AppError::new(Code::Internal, "这一步程序出了错，没有办成。请再试一次；还不行请找工作人员。"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_answer() {
        let answer = guarded::<()>(|| panic!("a bug"));
        assert_eq!(answer.unwrap_err().code, Code::Internal);
    }

    #[test]
    fn a_command_that_cannot_be_read_is_refused() {
        for command in
            [Value::Null, serde_json::json!({"type": "steal"}), serde_json::json!({"type": "post"})]
        {
            let answer = forward(command, |_: KioskCommand| Ok(()));
            assert_eq!(answer.unwrap_err().code, Code::BadCommand);
        }
    }
}
