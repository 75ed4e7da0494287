//! What the run prints, and docs/COMPATIBILITY.md.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::scenarios;
use crate::verdict::{Judged, Verdict};

/// One line when a row is over, and what is broken.
pub fn progress(judged: &Judged) {
    let (passed, ran) = judged.count();
    let mut text = format!(
        "{} {} {}: {passed} of {ran}, {:.0} s ({:.0} s to install)\n",
        if judged.is_good() { "ok  " } else { "FAIL" },
        judged.row.name,
        judged.row.version,
        judged.took.as_secs_f64(),
        judged.install_took.as_secs_f64(),
    );
    for (name, verdict) in &judged.verdicts {
        if let Verdict::Broken(why) = verdict {
            let _ = writeln!(text, "  {name}: {why}");
        }
    }
    if !judged.is_good() {
        text.push_str(&judged.words);
        text.push('\n');
    }
    print!("{text}");
}

/// The summary; whether all is well.
pub fn print(judged: &[Judged], took: Duration) -> bool {
    let broken: Vec<&str> = judged
        .iter()
        .filter(|judged| !judged.is_good())
        .map(|judged| judged.row.name.as_str())
        .collect();
    println!("\n{}", summary(judged));
    println!("{} rows in {:.0} s", judged.len(), took.as_secs_f64());
    if !broken.is_empty() {
        println!("broken: {}", broken.join(", "));
    }
    broken.is_empty()
}

/// Compares the page with what came out, or writes it where `UPDATE_DOCS` is set; whether they agree.
pub fn page(file: &Path, judged: &[Judged]) -> Result<bool> {
    let wanted = document(judged);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, wanted)?;
        return Ok(true);
    }
    let agrees = std::fs::read_to_string(file).unwrap_or_default() == wanted;
    if !agrees {
        println!(
            "docs/COMPATIBILITY.md says something else than this run; UPDATE_DOCS=1 scripts/matrix writes it"
        );
    }
    Ok(agrees)
}

const HEAD: &str = "\
# Compatibility

Which clients, frameworks and tools work with Ottla. This page is written by `scripts/matrix`, which installs each of them, runs it
against a fresh broker and looks afterwards at what it left behind; continuous integration does so for every change and fails when the
page says something else. [contract.md](../compat-tests/contract.md) tells in plain words what each scenario asks,
[rows.toml](../compat-tests/clients/rows.toml) the exact versions; `scripts/matrix NAME` runs one row.

✓ passed · – the client cannot do it, whatever the broker (the reasons are below each table) · ✗ fails, on Apache Kafka just as here

";

fn document(judged: &[Judged]) -> String {
    let mut text = HEAD.to_owned();
    text.push_str(&summary(judged));
    for group in groups(judged) {
        let rows: Vec<&Judged> = judged.iter().filter(|judged| judged.row.group == group).collect();
        let _ = write!(text, "\n## {group}\n\n");
        let (clients, others): (Vec<&Judged>, Vec<&Judged>) =
            rows.into_iter().partition(|judged| judged.row.is_client());
        if !clients.is_empty() {
            text.push_str(&contract(&clients));
        }
        for judged in others {
            text.push_str(&own(judged));
        }
    }
    text
}

/// Groups in the order of the file.
fn groups(judged: &[Judged]) -> Vec<&str> {
    let mut groups: Vec<&str> = Vec::new();
    for judged in judged {
        if !groups.contains(&judged.row.group.as_str()) {
            groups.push(&judged.row.group);
        }
    }
    groups
}

/// A line for each row.
fn summary(judged: &[Judged]) -> String {
    let mut text = "| | | Version | Passed |\n| --- | --- | --- | --- |\n".to_owned();
    for judged in judged {
        let (passed, ran) = judged.count();
        let row = &judged.row;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {passed} of {ran} |",
            row.group, row.name, row.version
        );
    }
    text
}

fn sign(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "✓",
        Verdict::Missing(_) => "–",
        Verdict::Limit(_) => "✗",
        Verdict::Broken(_) => "**broken**",
    }
}

/// Scenarios down, clients across, and the reasons.
fn contract(clients: &[&Judged]) -> String {
    let mut text = String::from("| Scenario |");
    for judged in clients {
        let _ = write!(text, " {} {} |", judged.row.name, judged.row.version);
    }
    let _ = writeln!(text, "\n| --- |{}", " :-: |".repeat(clients.len()));
    for scenario in scenarios::ALL {
        let _ = write!(text, "| `{}` |", scenario.name);
        for judged in clients {
            let verdict = judged.verdicts.iter().find(|(name, _)| name == scenario.name);
            let _ = write!(text, " {} |", verdict.map_or("", |(_, verdict)| sign(verdict)));
        }
        text.push('\n');
    }
    text.push('\n');
    for judged in clients {
        text.push_str(&reasons(judged));
    }
    text
}

/// Why a client cannot do what it cannot, scenarios with the same reason together.
fn reasons(judged: &Judged) -> String {
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, verdict) in &judged.verdicts {
        if let Verdict::Missing(reason) | Verdict::Limit(reason) = verdict {
            by_reason.entry(reason).or_default().push(format!("`{name}`"));
        }
    }
    let parts: Vec<String> = by_reason
        .iter()
        .map(|(reason, names)| format!("{}: {reason}", names.join(", ")))
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("* {}: {}\n", judged.row.name, parts.join("; ")),
    }
}

/// A framework or tool with what was done.
fn own(judged: &Judged) -> String {
    let row = &judged.row;
    let mut text = format!("**{} {}**\n\n", row.name, row.version);
    for (name, verdict) in &judged.verdicts {
        let done = row.scenarios.get(name).map_or("", String::as_str);
        let _ = write!(text, "* {} {done}", sign(verdict));
        if let Verdict::Limit(reason) = verdict {
            let _ = write!(text, " ({reason})");
        }
        text.push('\n');
    }
    text.push('\n');
    text
}
