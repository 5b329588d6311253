//! The log by hand, from window to window: a stick is chosen as a clerk chooses a file, and written where staff find it.

use std::fs;
use std::path::PathBuf;

use hall_app::api::DeskCommand;
use hall_app::api::desk::DeskReply;
use hall_core::vocab::DeviceRole;
use hall_tests::desk::Desk;
use hall_tests::hall::{PIN, Prepared};
use hall_tests::screens::Place;

use crate::support::{FILLED, Hall, hall_with, prepared, worker};

/// Another desk of the hall on which one more person was registered; its stick.
fn other_desk(first: &Prepared, place: &Place) -> PathBuf {
    let name = "2 号窗口".to_owned();
    let invited = first.desk(DeskCommand::AddDevice { name, role: DeviceRole::Desk }).unwrap();
    let DeskReply::Invitation(invitation) = invited else { panic!("an invitation, not {invited:?}") };
    let invitation = invitation.text.parse().unwrap();
    let folder = place.folder.join("other");
    let place = Place::new(&folder, "05:00").unwrap();
    let blank = Prepared::open(&place, FILLED).unwrap();
    let enrolled = first.hall().enrol(&blank.hall().application(&invitation)).unwrap();
    blank.hall().join(&enrolled, &invitation, "127.0.0.1:7443").unwrap();
    drop(blank);

    let (there, back) = (folder.join("there.lgb"), folder.join("other.lgb"));
    first.hall().export(&there, DeviceRole::Desk).unwrap();
    let other = Prepared::open(&place, FILLED).unwrap();
    other.hall().import(&there).unwrap();
    let staff = other.view().unwrap().staff[0].id.clone();
    other.desk(DeskCommand::LogIn { staff, pin: PIN.to_owned() }).unwrap();
    other.worker(worker(1), true).unwrap();
    other.hall().export(&back, DeviceRole::Desk).unwrap();
    back
}

#[test]
fn a_desk_reads_a_stick_once_and_writes_its_own() {
    let mut stick = PathBuf::new();
    let hall: Hall = hall_with(|place| {
        let first = prepared(place);
        stick = other_desk(&first, place);
    });
    let clerk = Desk(hall.screens.desk().unwrap());
    clerk.log_in(PIN).unwrap();
    clerk.go("devices").unwrap();
    clerk.begin_to_read_sticks().unwrap();
    let said = clerk.read_stick(&stick).unwrap();
    assert!(said.contains("2 号窗口") && said.contains("条新记录"), "{said}");
    let copy = stick.with_file_name("copy.lgb");
    fs::copy(&stick, &copy).unwrap();
    let said = clerk.read_stick(&copy).unwrap();
    assert!(said.contains("什么也没有变"), "{said}");

    let picture = stick.with_file_name("picture.lgb");
    fs::write(&picture, b"\x89PNG\r\n").unwrap();
    let said = clerk.read_no_stick(&picture).unwrap();
    assert!(said.contains("不是零工大厅"), "{said}");
    clerk.close_sticks().unwrap();
    clerk.go("dispatch").unwrap();
    clerk.0.find("[data-testid=\"row-waiting\"]").unwrap();
    clerk.go("devices").unwrap();

    let written = PathBuf::from(clerk.write_stick("desk").unwrap());
    let mine = stick.with_file_name("mine.lgb");
    fs::copy(&written, &mine).unwrap();
    // It lies among the files of whoever runs this.
    fs::remove_file(&written).unwrap();
    assert!(written.to_str().unwrap().contains("给本厅另一台服务台"), "{written:?}");
    clerk.begin_to_read_sticks().unwrap();
    let said = clerk.read_stick(&mine).unwrap();
    assert!(said.contains("什么也没有变"), "{said}");
}
