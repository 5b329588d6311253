//! The windows: which page each shows, on which monitor, and how far a person at it can get.
//!
//! The kiosk window has no way out but the staff PIN. What the system outside of the windows allows (other
//! programs, other sessions) is the business of the kiosk session in `packaging/`.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hall_core::vocab::DeviceRole;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Manager, Monitor, PhysicalPosition, Runtime, Url, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, WindowEvent,
};

use crate::settings::{Screen, Settings};

/// Keys and gestures of a browser that have no business here. The pages' own handlers still see them.
const NO_BROWSER_KEYS: &str = "
addEventListener('contextmenu', (event) => event.preventDefault(), true);
addEventListener('keydown', (event) => {
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  if (/^f(3|5|7|11|12)$/.test(key) || key.startsWith('browser') ||
      (command && 'rpfgjuso+-=0'.includes(key)) || (event.altKey && key.startsWith('arrow'))) {
    event.preventDefault();
  }
}, true);
";

/// How often a full-screen window is brought back to its own monitor, after a television was off overnight.
const MONITOR_CHECK: Duration = Duration::from_secs(30);

/// The windows that this machine has, by its settings.
#[derive(Debug)]
pub(crate) struct Layout {
    screens: Vec<(&'static str, Screen)>,
    /// What the web view itself keeps; not part of the hall's data.
    webview_data: PathBuf,
    kiosk_locked: AtomicBool,
}

impl Layout {
    /// The named windows; without any the one that fits `role`. A machine that was never enrolled is a desk, so a
    /// first start never locks a screen.
    pub(crate) fn new(settings: &Settings, role: DeviceRole) -> Self {
        let named =
            [("kiosk", &settings.kiosk), ("desk", &settings.desk), ("wall", &settings.wall)].into_iter();
        let usual = match role {
            DeviceRole::Kiosk => "kiosk",
            DeviceRole::Wall => "wall",
            DeviceRole::Desk | DeviceRole::County => "desk",
        };
        let screens = if settings.windows_named {
            named.filter_map(|(label, screen)| Some((label, screen.clone()?))).collect()
        } else {
            vec![(usual, Screen::usual())]
        };
        Self { screens, webview_data: settings.data.join("webview"), kiosk_locked: AtomicBool::new(false) }
    }
}

/// Opens every configured window that is not open.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let layout = app.state::<Layout>();
    for (label, screen) in &layout.screens {
        if app.get_webview_window(label).is_none() {
            open_one(app, &layout, label, screen)?;
        }
    }
    Ok(())
}

/// A second start of the program: show what is open already, and bring back what was closed.
pub(crate) fn show_again<R: Runtime>(app: &AppHandle<R>) {
    let shown = open(app).and_then(|()| {
        let windows = app.webview_windows();
        let first = windows.get("desk").or_else(|| windows.values().next());
        first.map_or(Ok(()), |window| window.unminimize().and_then(|()| window.set_focus()))
    });
    if let Err(error) = shown {
        tracing::error!(%error, "the windows could not be shown again");
    }
}

fn open_one<R: Runtime>(
    app: &AppHandle<R>,
    layout: &Layout,
    label: &'static str,
    screen: &Screen,
) -> tauri::Result<()> {
    let fullscreen = screen.fullscreen.unwrap_or(label != "desk");
    let locked = label == "kiosk" && fullscreen;
    let page = format!("{label}.html");
    let size = screen.size.unwrap_or(if label == "kiosk" { (1080, 1920) } else { (1600, 900) });
    let mut builder = WebviewWindowBuilder::new(app, label, WebviewUrl::App(page.clone().into()))
        .title(title(label))
        .inner_size(f64::from(size.0), f64::from(size.1))
        .data_directory(layout.webview_data.clone())
        .initialization_script(NO_BROWSER_KEYS)
        .disable_drag_drop_handler()
        .zoom_hotkeys_enabled(false)
        .general_autofill_enabled(false)
        .devtools(cfg!(debug_assertions))
        .decorations(!fullscreen)
        .resizable(!locked)
        .minimizable(!locked)
        .always_on_top(locked)
        .skip_taskbar(locked)
        .on_navigation(move |url| own_page(url, &page))
        .on_new_window(|_, _| NewWindowResponse::Deny);
    if label == "wall" {
        builder = builder.background_throttling(tauri::utils::config::BackgroundThrottlingPolicy::Disabled);
    }
    if let Some((x, y)) = screen.position {
        builder = builder.position(f64::from(x), f64::from(y));
    }
    let window = builder.build()?;
    if fullscreen {
        to_monitor(&window, screen)?;
    }
    if label == "kiosk" {
        layout.kiosk_locked.store(locked, Ordering::SeqCst);
        keep_open(&window);
    }
    Ok(())
}

fn title(label: &str) -> &'static str {
    match label {
        "kiosk" => "零工大厅 自助机",
        "desk" => "零工大厅 工作台",
        _ => "零工大厅 大屏",
    }
}

/// A window shows its own page and nothing else: the public kiosk never even loads the desk's.
fn own_page(url: &Url, page: &str) -> bool {
    let ours = url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost");
    let allowed = ours && url.path() == format!("/{page}");
    if !allowed {
        tracing::warn!(scheme = url.scheme(), "a window tried to leave its page");
    }
    allowed
}

fn to_monitor<R: Runtime>(window: &WebviewWindow<R>, screen: &Screen) -> tauri::Result<()> {
    if let Some(monitor) = wanted_monitor(window, screen)? {
        let corner = monitor.position();
        window.set_fullscreen_on_monitor(PhysicalPosition::new(f64::from(corner.x), f64::from(corner.y)))?;
    }
    // Without a monitor of that name the window fills the one it is on: better there than nowhere.
    window.set_fullscreen(true)
}

fn wanted_monitor<R: Runtime>(window: &WebviewWindow<R>, screen: &Screen) -> tauri::Result<Option<Monitor>> {
    let Some(name) = &screen.monitor else { return Ok(None) };
    let found = window.available_monitors()?.into_iter().find(|monitor| monitor.name() == Some(name));
    if found.is_none() {
        tracing::warn!(monitor = name, window = window.label(), "no such monitor");
    }
    Ok(found)
}

/// Brings full-screen windows back to their monitors when these come back.
pub(crate) fn watch_monitors<R: Runtime>(app: AppHandle<R>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(MONITOR_CHECK);
            let layout = app.state::<Layout>();
            for (label, screen) in &layout.screens {
                let Some(window) = app.get_webview_window(label) else { continue };
                if let Err(error) = bring_back(&window, screen) {
                    tracing::warn!(%error, window = label, "the window stays on the wrong monitor");
                }
            }
        }
    });
}

fn bring_back<R: Runtime>(window: &WebviewWindow<R>, screen: &Screen) -> tauri::Result<()> {
    if screen.monitor.is_none() || !window.is_fullscreen()? {
        return Ok(());
    }
    let current = window.current_monitor()?;
    let wanted = wanted_monitor(window, screen)?;
    if wanted.as_ref().is_some_and(|wanted| current.is_none_or(|current| current.name() != wanted.name())) {
        to_monitor(window, screen)?;
    }
    Ok(())
}

fn keep_open<R: Runtime>(window: &WebviewWindow<R>) {
    let app = window.app_handle().clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event
            && app.state::<Layout>().kiosk_locked.load(Ordering::SeqCst)
        {
            api.prevent_close();
        }
    });
}

/// Staff have shown their PIN: an ordinary window, which can be put aside or closed. A new start locks it again.
pub(crate) fn unlock<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.state::<Layout>().kiosk_locked.store(false, Ordering::SeqCst);
    window.set_always_on_top(false)?;
    window.set_fullscreen(false)?;
    window.set_decorations(true)?;
    window.set_resizable(true)?;
    window.set_minimizable(true)?;
    window.set_skip_taskbar(false)?;
    tracing::info!("staff took the kiosk out of its full screen");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_stays_on_its_page() {
        for (url, allowed) in [
            ("tauri://localhost/kiosk.html", true),
            ("tauri://localhost/kiosk.html#post", true),
            ("http://tauri.localhost/kiosk.html", true),
            ("tauri://localhost/desk.html", false),
            ("tauri://localhost/", false),
            ("https://example.org/kiosk.html", false),
            ("file:///kiosk.html", false),
            ("about:blank", false),
            ("data:text/html,hello", false),
        ] {
            assert_eq!(own_page(&Url::parse(url).unwrap(), "kiosk.html"), allowed, "{url}");
        }
    }
}
