//! `pinfold doi`: DOIs at DataCite.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use crate::add::replace_file;
use crate::cmd::{Outcome, session};
use crate::content::Content;
use crate::doi::registry::{Credentials, DataCite, Pace, Registry, RegistryError, TEST};
use crate::doi::{Action, Choice, Planned, Step, Tried, carry_out, plan, read_site};
use crate::dois;
use crate::progress::Progress;
use crate::report::one_line;

/// What the help says below the commands.
pub(super) const HELP: &str = "\
What shall have a DOI stands in content/dois.yaml; what the registry gets is in the built site; how far each\n\
DOI is, the registry is asked. Every command can be stopped and run again.\n\
\n\
Credentials come from the environment: DATACITE_USERNAME (the repository's ID) and DATACITE_PASSWORD.\n\
\n\
Exit codes: 0 nothing to do, or all of it done; 1 something failed or has to be mended; 2 unusable input,\n\
nothing was done; 3 (`plan --registry`) there is something to do.";

#[derive(Debug, Args)]
pub(super) struct DoiArgs {
    #[command(subcommand)]
    command: DoiCommand,
}

#[derive(Debug, Subcommand)]
enum DoiCommand {
    /// What would be created, published and updated, and what has to be mended first
    Plan(PlanArgs),
    /// Make drafts of what dois.yaml lists, or of what is named
    Register(WorkArgs),
    /// Make drafts findable, after a question that names each DOI
    ///
    /// Under embargo they only resolve until the day comes. What is named and not listed in dois.yaml is added
    /// to it.
    #[command(verbatim_doc_comment)]
    Publish(PublishArgs),
    /// Push metadata and addresses that changed, and hide what was withdrawn
    Update(WorkArgs),
}

#[derive(Debug, Args)]
struct CommonArgs {
    /// CIDs or DOIs [default: all that dois.yaml lists]
    #[arg(value_name = "DATASET")]
    names: Vec<String>,
    /// The folder of the built site
    #[arg(long, value_name = "DIR", default_value = "dist")]
    site: PathBuf,
    /// The folder with site.yaml and dois.yaml
    #[arg(long, value_name = "DIR", default_value = "content")]
    content: PathBuf,
    /// The registry: `test`, `production` or an address [default: `doi.endpoint` of site.yaml, else test]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Requests in a second, at most
    #[arg(long, value_name = "N", default_value_t = Pace::default().per_second)]
    per_second: f64,
    /// How often a request is made that fails in a way that may pass
    #[arg(long, value_name = "N", default_value_t = Pace::default().attempts)]
    attempts: u32,
}

#[derive(Debug, Args)]
struct PlanArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Ask the registry how far each DOI is
    #[arg(long)]
    registry: bool,
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct WorkArgs {
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, Args)]
struct PublishArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &DoiArgs) -> anyhow::Result<Outcome> {
    match &args.command {
        DoiCommand::Plan(args) => show(args),
        DoiCommand::Register(args) => work(&args.common, Step::Register, true),
        DoiCommand::Publish(args) => work(&args.common, Step::Publish, args.yes),
        DoiCommand::Update(args) => work(&args.common, Step::Update, true),
    }
}

/// What all commands begin with.
struct Desk {
    content: Content,
    planned: Vec<Planned>,
    endpoint: String,
    pace: Pace,
}

impl Desk {
    fn open(args: &CommonArgs, unlisted: bool) -> anyhow::Result<Self> {
        let content = Content::load(&args.content)?;
        if !(args.per_second > 0.0 && args.per_second <= 1000.0) {
            bail!("--per-second {} is not between 0 and 1000", args.per_second);
        }
        let choice = Choice { names: args.names.clone(), unlisted };
        let prefix = content.site.doi.prefix.as_deref();
        let planned = read_site(&content.dois, &args.site, prefix, &choice).with_context(|| {
            format!("{} cannot be used as the built site; `pinfold build` makes it", args.site.display())
        })?;
        let endpoint = args.endpoint.clone().or_else(|| content.site.doi.endpoint.clone());
        let pace = Pace { per_second: args.per_second, attempts: args.attempts, ..Pace::default() };
        Ok(Self { planned, pace, endpoint: endpoint.unwrap_or_else(|| TEST.to_owned()), content })
    }

    fn registry(&self, must_have_credentials: bool) -> anyhow::Result<DataCite> {
        let credentials = Credentials::from_env();
        if must_have_credentials && credentials.is_none() {
            bail!(
                "{} wants credentials: set DATACITE_USERNAME (the repository's ID) and DATACITE_PASSWORD",
                self.endpoint
            );
        }
        Ok(DataCite::new(&self.endpoint, credentials.as_ref(), self.pace)?)
    }

    /// Asks the registry about each DOI. False when it does not work, which is told.
    fn ask(&mut self, runtime: &tokio::runtime::Runtime, registry: &DataCite) -> anyhow::Result<bool> {
        let progress = Progress::start("asking the registry", self.planned.len() as u64);
        match runtime.block_on(plan(&mut self.planned, registry, || progress.advance(1))) {
            Ok(()) => Ok(true),
            Err(error @ (RegistryError::Unreachable { .. } | RegistryError::Malformed { .. })) => {
                drop(progress);
                eprintln!("error: {error}; nothing was done");
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether dois.yaml itself, or one of the DOIs, has to be mended.
    fn has_faults(&self) -> bool {
        self.content.findings.iter().any(|finding| finding.code.starts_with("doi-"))
            || self.planned.iter().any(is_to_mend)
    }
}

/// A planned DOI that nobody asked for may be incomplete.
fn is_to_mend(one: &Planned) -> bool {
    one.wanted && !one.problems.is_empty()
}

fn show(args: &PlanArgs) -> anyhow::Result<Outcome> {
    let mut desk = Desk::open(&args.common, true)?;
    if args.registry {
        let registry = desk.registry(false)?;
        if !registry.has_credentials() {
            eprintln!("without DATACITE_USERNAME and DATACITE_PASSWORD the registry shows no drafts");
        }
        if !desk.ask(&session::runtime()?, &registry)? {
            return Ok(Outcome::Findings);
        }
    }
    if args.json {
        let asked = args.registry.then_some(&desk.endpoint);
        let plan =
            serde_json::json!({"schema": "pinfold-doi-plan/1", "registry": asked, "dois": desk.planned});
        println!("{plan:#}");
    } else {
        print_plan(&desk.planned, args.registry);
    }
    report_findings(&desk.content);
    let has_work = desk.planned.iter().any(|one| one.wanted && !one.actions.is_empty());
    Ok(match (desk.has_faults(), has_work) {
        (true, _) => Outcome::Findings,
        (false, true) => Outcome::ToDo,
        (false, false) => Outcome::Done,
    })
}

fn report_findings(content: &Content) {
    let findings: Vec<_> =
        content.findings.iter().filter(|finding| finding.code.starts_with("doi-")).cloned().collect();
    if !findings.is_empty() {
        eprint!("{}", crate::report::text(&findings, &content.texts));
    }
}

fn print_plan(planned: &[Planned], asked: bool) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in planned {
        let words = word(one, asked);
        *counts.entry(words.0).or_default() += 1;
        let title = one.title.as_deref().map(one_line).unwrap_or_default();
        println!("{:11} {} {title}", words.0, one_line(&one.doi));
        for line in words.1 {
            println!("            = {}", one_line(&line));
        }
    }
    let shown: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    println!("{}", if shown.is_empty() { "no DOIs".to_owned() } else { shown.join(", ") });
}

/// The first word of a DOI's line, and the lines below it.
fn word(one: &Planned, asked: bool) -> (&'static str, Vec<String>) {
    let mut lines = Vec::new();
    if let Some(day) = &one.embargo {
        lines.push(format!("under embargo until {day}: it will only resolve until then"));
    }
    if let Some(day) = &one.withdrawn {
        lines.push(format!("withdrawn on {day}: it resolves to its page, and is not listed"));
    }
    if !one.wanted {
        match (one.registry, asked) {
            (Some(state), _) => {
                lines.push(format!(
                    "the registry has it ({}); name it in `doi publish` to list it",
                    state.word()
                ));
            }
            (None, _) => return ("unlisted", lines),
        }
        return ("unlisted", lines);
    }
    if !one.problems.is_empty() {
        lines.extend(one.problems.iter().cloned());
        return ("to-mend", lines);
    }
    if !one.changed.is_empty() {
        lines.push(format!("changed: {}", one.changed.join(", ")));
    }
    let first = one.actions.first().map(|action| action.word());
    for action in one.actions.iter().skip(1) {
        lines.push(format!("then {}", action.word()));
    }
    match (first, asked) {
        (Some(word), _) => (word, lines),
        (None, true) => ("up-to-date", lines),
        (None, false) => ("ready", lines),
    }
}

fn work(args: &CommonArgs, step: Step, yes: bool) -> anyhow::Result<Outcome> {
    let mut desk = Desk::open(args, false)?;
    if desk.planned.is_empty() {
        println!("no DOIs: dois.yaml lists none, and none was named");
        report_findings(&desk.content);
        return Ok(if desk.has_faults() { Outcome::Findings } else { Outcome::Done });
    }
    let registry = desk.registry(true)?;
    let runtime = session::runtime()?;
    if !desk.ask(&runtime, &registry)? {
        return Ok(Outcome::Findings);
    }
    report_findings(&desk.content);
    for one in desk.planned.iter().filter(|one| is_to_mend(one)) {
        println!(
            "to mend     {} {}",
            one_line(&one.doi),
            one.title.as_deref().map(one_line).unwrap_or_default()
        );
        for problem in &one.problems {
            println!("            = {}", one_line(problem));
        }
    }
    let due: Vec<&Planned> =
        desk.planned.iter().filter(|one| one.actions.iter().any(|action| action.step() == step)).collect();
    if step == Step::Publish {
        for one in desk.planned.iter().filter(|one| one.actions == [Action::Create]) {
            println!("not there   {}: run `pinfold doi register` first", one_line(&one.doi));
        }
    }
    if due.is_empty() {
        println!("nothing to {} at {}", verb(step), registry.name());
        let is_missing =
            step == Step::Publish && desk.planned.iter().any(|one| one.actions == [Action::Create]);
        return Ok(if is_missing || desk.has_faults() { Outcome::Findings } else { Outcome::Done });
    }
    if step == Step::Publish && !yes && !confirmed(&due, registry.name())? {
        eprintln!("nothing was published");
        return Ok(Outcome::Findings);
    }
    let mut unlisted = Vec::new();
    let mut tell = |one: &Planned, tried: &Tried| {
        match tried {
            Tried::Done(done) => {
                let words: Vec<&str> = done.actions.iter().map(|action| action.word()).collect();
                println!("{:11} {} ({})", words.join("+"), one_line(&one.doi), done.state.word());
                if step == Step::Publish && !one.listed {
                    unlisted.push((one.cid, one.doi.clone(), one.year()));
                }
            }
            Tried::Failed(error) => {
                println!("FAILED      {}: {}", one_line(&one.doi), one_line(&error.to_string()))
            }
            Tried::NotTried => println!("not tried   {}", one_line(&one.doi)),
        }
        let _ = std::io::stdout().flush();
    };
    let outcome = runtime.block_on(carry_out(&desk.planned, step, &registry, &mut tell));
    let is_listed = list(args, &unlisted)?;
    println!(
        "{} done, {} failed, {} not tried at {}",
        outcome.done,
        outcome.failed,
        outcome.not_tried,
        registry.name()
    );
    let is_whole = outcome.failed + outcome.not_tried == 0 && is_listed && !desk.has_faults();
    Ok(if is_whole { Outcome::Done } else { Outcome::Findings })
}

fn verb(step: Step) -> &'static str {
    match step {
        Step::Register => "register",
        Step::Publish => "publish",
        Step::Update => "update",
    }
}

/// Asks on the terminal; anything but `yes` is no.
fn confirmed(due: &[&Planned], registry: &str) -> anyhow::Result<bool> {
    println!("At {registry} these become public:");
    for one in due {
        let state = one.goal().word();
        println!(
            "  {} ({state}) {}",
            one_line(&one.doi),
            one.title.as_deref().map(one_line).unwrap_or_default()
        );
    }
    print!("A public DOI can be hidden, but never deleted. Publish {}? [yes/no] ", due.len());
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("the answer cannot be read; --yes asks nothing")?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

/// Adds what became public to dois.yaml. Where that is not possible the lines are shown, to be added by hand.
fn list(args: &CommonArgs, public: &[(pinfold_core::cid::Cid, String, Option<i32>)]) -> anyhow::Result<bool> {
    if public.is_empty() {
        return Ok(true);
    }
    let names = ["dois.yaml", "dois.yml", "dois.json"].map(|name| args.content.join(name));
    let path = names.iter().find(|path| path.exists()).unwrap_or(&names[0]);
    let file = path.display().to_string();
    let edit = || -> anyhow::Result<()> {
        let mut text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        for (cid, doi, year) in public {
            text = dois::append(&file, &text, *cid, doi, *year)?;
        }
        replace_file(path, &text)?;
        Ok(())
    };
    match edit() {
        Ok(()) => {
            println!("{file} lists {} more; commit it", public.len());
            Ok(true)
        }
        Err(error) => {
            eprintln!("{file} was not changed: {error:#}; add by hand:");
            for (cid, doi, year) in public {
                let year = year.map(|year| format!(", published: {year}")).unwrap_or_default();
                eprintln!("{cid}: {{doi: {doi}{year}}}");
            }
            Ok(false)
        }
    }
}
