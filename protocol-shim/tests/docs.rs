//! The table in docs/PROTOCOL.md is the one in the code. `UPDATE_DOCS=1` rewrites it.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by them

use std::fmt::Write;

use protocol_shim::API_TABLE;

const BEGIN: &str = "<!-- api-table:begin -->\n";
const END: &str = "<!-- api-table:end -->\n";

fn table() -> String {
    let mut table =
        String::from("| Key | API | Versions | Advertised | Flexible from | Since | Listeners |\n");
    table.push_str("| --: | --- | --- | --- | --: | --- | --- |\n");
    for row in API_TABLE {
        let flexible = row
            .first_flexible
            .map_or("never".into(), |version| version.to_string());
        writeln!(
            table,
            "| {} | {} | {} | {} | {flexible} | {} | {} |",
            row.key.code(),
            row.name,
            range(row.min, row.max),
            range(row.advertised_min, row.max),
            row.since,
            match row.on_controller {
                true => "broker, controller",
                false => "broker",
            },
        )
        .unwrap();
    }
    table
}

fn range(min: i16, max: i16) -> String {
    if min == max {
        min.to_string()
    } else {
        format!("{min}–{max}")
    }
}

#[test]
fn the_documented_table_is_the_one_in_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/PROTOCOL.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the begin mark is there");
    let (documented, after) = rest.split_once(END).expect("the end mark is there");
    let table = table();
    if documented == table {
        return;
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    panic!("docs/PROTOCOL.md is out of date: run UPDATE_DOCS=1 cargo test -p protocol-shim --test docs");
}
