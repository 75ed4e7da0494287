//! One tool by itself, without the broker's binary: `cargo run -p tools --example tool kafka-topics --list …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(tool) = words.next().and_then(|name| tools::find(&name)) else {
        eprintln!("no such tool");
        return ExitCode::from(2);
    };
    let args: Vec<String> = words.collect();
    let (mut stdin, mut stdout, mut stderr) = (
        std::io::stdin().lock(),
        std::io::stdout().lock(),
        std::io::stderr(),
    );
    let mut io = tools::Io::new(&mut stdin, &mut stdout, &mut stderr);
    let code = (tool.run)(&args, &mut io);
    io.flush();
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}
