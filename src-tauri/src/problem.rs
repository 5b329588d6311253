//! When the hall cannot open: a window that says why and what to do, instead of a program that is simply gone.

use tauri::http::Response;
use tauri::{AppHandle, Builder, Manager, Runtime, WebviewUrl, WebviewWindowBuilder};

const SCHEME: &str = "problem";

struct Problem(String);

/// Teaches the web view the address of the page.
pub(crate) fn register<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    builder.register_uri_scheme_protocol(SCHEME, |context, _| {
        let problem = context.app_handle().try_state::<Problem>();
        let text = problem.as_ref().map_or("", |problem| problem.0.as_str());
        Response::builder()
            .header("Content-Type", "text/html; charset=utf-8")
            .header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            .body(page(text).into_bytes())
            .unwrap_or_default()
    })
}

pub(crate) fn show<R: Runtime>(app: &AppHandle<R>, message: String) -> tauri::Result<()> {
    app.manage(Problem(message));
    let address = tauri::Url::parse("problem://localhost/").expect("a constant and well-formed address");
    let address = WebviewUrl::CustomProtocol(address);
    WebviewWindowBuilder::new(app, "problem", address)
        .title("零工大厅 没有打开")
        .inner_size(900.0, 560.0)
        .center()
        .devtools(false)
        .build()?;
    Ok(())
}

fn page(message: &str) -> String {
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>零工大厅</title>\
         <style>body{{font:24px/1.6 sans-serif;margin:48px;color:#14202b}}h1{{font-size:36px;color:#a3261a}}</style>\
         <h1>零工大厅没有打开</h1><p>{message}</p>\
         <p>数据没有被改动。请先照上面的提示处理，再重新打开；处理不了请联系维护人员，日志里有原因。</p></html>"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_message_cannot_become_markup() {
        let page = super::page("<script>x</script> & 磁盘满了");
        assert!(page.contains("&lt;script>x&lt;/script> &amp; 磁盘满了"), "{page}");
    }
}
