//! The golden scripts of `transactions/scripts`: scenarios named after the rule that they show, each in a world of
//! its own.
//!
//! With `SHOW_SCRIPTS=1` each test prints its script as it would be right now, between `=== name` and `=== end`.

use super::script::World;

fn check(name: &str, script: &str) {
    let mut actual = String::new();
    let mut world = World::new();
    for line in script.lines().filter(|line| !line.starts_with('<')) {
        actual.push_str(line);
        actual.push('\n');
        if line.starts_with("==") {
            world = World::new();
        } else if !line.is_empty() && !line.starts_with('#') {
            actual.push_str(&world.run(line));
        }
    }
    if std::env::var_os("SHOW_SCRIPTS").is_some() {
        println!("=== {name}\n{actual}=== end");
    } else {
        for (at, (expected, actual)) in script.lines().zip(actual.lines()).enumerate() {
            assert_eq!(expected, actual, "{name}:{}", at + 1);
        }
        assert_eq!(script, actual, "{name}");
    }
}

macro_rules! scripts {
    ($($name:ident)*) => {
        $(#[test] fn $name() {
            check(stringify!($name), include_str!(concat!("../scripts/", stringify!($name), ".txt")));
        })*
    };
}

scripts! {
    init_producer_id
    add_partitions
    end_plain
    end_bumping
    fencing
    timeouts
    exhaustion
    markers
    restart
    versions
}
