//! Answers the page's commands, one after the other.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use imaging::{Affine, Image, Sequence, Series, parallel, resample};
use mts_unet::pipeline::Case;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

use super::allocator::ALLOCATOR;
use super::export::Last;
use super::library::{Library, refusal};
use super::read::{self, Reading, Stop};
use super::speaker::{Speaker, bytes, words};
use super::unpack::{Unpacked, unpack};
use super::{abort, adding, benchmark, display, export, files, fits, guess, studies, thumbnail};
use crate::protocol::{
    Command, Event, FailureScope, Finished, LoadItem, PROTOCOL, ReadRequest, Scale, SeriesId,
    SeriesSummary, wire,
};
use crate::user_error::UserError;

type Message = (Command, Vec<JsValue>);

/// Commands that wait, and whether somebody works on them.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Message>,
    busy: bool,
}

/// Listens for commands and tells the page so.
pub fn start() {
    let speaker = Speaker::new();
    tell_page_of_panics();
    abort::listen();
    let queue = Rc::new(RefCell::new(Queue::default()));
    let library = Rc::new(RefCell::new(Library::default()));
    let listener = {
        let speaker = speaker.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let Some(command) = wire::receive::<Command>(&message.data()) else {
                return;
            };
            queue.borrow_mut().waiting.push_back(command);
            if !std::mem::replace(&mut queue.borrow_mut().busy, true) {
                spawn_local(work(queue.clone(), library.clone(), speaker.clone()));
            }
        })
    };
    speaker
        .scope()
        .set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens for as long as the worker lives.
    listener.forget();
    #[cfg(feature = "threads")]
    super::threads::ask(&speaker);
    #[cfg(not(feature = "threads"))]
    speaker.say(&Event::Ready { protocol: PROTOCOL });
}

/// A panic leaves this wasm instance unusable; the page has to start another.
fn tell_page_of_panics() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if let Some(bytes) = ALLOCATOR.refused() {
            return abort::say(&Speaker::new(), bytes);
        }
        let error = UserError::new(
            "The engine stopped because of a mistake in it.",
            "Nothing that was loaded is lost. Try again, or use the CPU.",
        )
        .with("panic", info);
        Speaker::new().say(&Event::Failed {
            error,
            scope: FailureScope::Engine,
        });
    }));
}

/// Works until nothing waits. Only one such task runs, so it may have the library to itself.
async fn work(queue: Rc<RefCell<Queue>>, shelf: Rc<RefCell<Library>>, speaker: Speaker) {
    let mut library = shelf.take();
    loop {
        let next = queue.borrow_mut().waiting.pop_front();
        let Some((command, parts)) = next else {
            break;
        };
        match command {
            Command::Load { items, again } => {
                load(&items, parts, again, &mut library, &speaker).await;
            }
            Command::List => speaker.say(&Event::Listed(studies::list(&parts))),
            Command::Unpack { names, tally } => match unpack(&parts, &names, tally) {
                Ok(unpacked) => {
                    let Unpacked {
                        paths,
                        files,
                        tally,
                    } = unpacked;
                    speaker.say_with(&Event::Unpacked { paths, tally }, &files);
                }
                Err(error) => speaker.say(&Event::NotUnpacked { error }),
            },
            Command::Forget { ids } => ids.into_iter().for_each(|id| library.forget(id)),
            Command::Compare { assignment, came } => {
                compare(assignment, &came, &library, &speaker);
            }
            Command::Prepare { id, url } => adding::prepare(id, &url, &speaker).await,
            Command::OpenModel {
                id,
                name,
                told,
                known,
            } => adding::open(id, &name, &told, &known, &parts, &speaker).await,
            Command::KeepModel { id, sha256 } => {
                adding::keep(id, &sha256, &parts, &speaker).await;
            }
            Command::Benchmark(device) => benchmark::run(&device, &speaker).await,
            Command::Threads { workers } => share_work(workers, &speaker),
            Command::Export { what, space } => match export::file(&library, what, space) {
                Ok((name, file)) => speaker.say_with(&Event::Exported { name }, &[bytes(&file)]),
                Err(error) => speaker.say(&Event::NotExported { error }),
            },
            Command::Read(request) => answer(&request, &parts, &library, &speaker).await,
        }
    }
    shelf.replace(library);
    queue.borrow_mut().busy = false;
}

/// Once, before everything else.
fn share_work(workers: usize, speaker: &Speaker) {
    #[cfg(feature = "threads")]
    super::threads::gather(workers);
    #[cfg(not(feature = "threads"))]
    let _ = workers;
    speaker.say(&Event::Ready { protocol: PROTOCOL });
}

async fn load(
    items: &[LoadItem],
    files: Vec<JsValue>,
    again: bool,
    library: &mut Library,
    speaker: &Speaker,
) {
    let mut files = files.into_iter();
    for item in items {
        if let Err(error) = load_one(item, &mut files, again, library, speaker).await {
            // Whatever could not be had for it was asked for with care.
            ALLOCATOR.forget();
            speaker.say(&Event::Refused { id: item.id, error });
        }
    }
    let by_picture = match again {
        true => Vec::new(),
        false => library.by_picture(),
    };
    speaker.say(&Event::Loaded { by_picture });
}

async fn load_one(
    item: &LoadItem,
    files: &mut impl Iterator<Item = JsValue>,
    again: bool,
    library: &mut Library,
    speaker: &Speaker,
) -> Result<(), UserError> {
    // All parts of this item are taken first: an error must not shift the next item's files.
    let parts: Vec<JsValue> = files.take(item.names.len()).collect();
    if let Some(dicom) = &item.dicom {
        let name = std::slice::from_ref(&dicom.description);
        let read = studies::read(&parts, dicom.nth).map_err(|error| refusal(&error, name))?;
        let notes = read.notes.iter().map(ToString::to_string).collect();
        library.put(item.id, read.series, notes, name)?;
        tell(item, again, library, speaker);
        return Ok(());
    }
    for (part, name) in parts.iter().zip(&item.names) {
        let beginning = files::beginning_of(part, name).await?;
        library.ensure_room(&beginning, &item.names)?;
    }
    let mut contents = Vec::new();
    for (part, name) in parts.iter().zip(&item.names) {
        contents.push(files::bytes_of(Some(part), name).await?);
    }
    library.open(item.id, &contents, &item.names)?;
    drop(contents);
    tell(item, again, library, speaker);
    Ok(())
}

/// Shows the page a scan that was read, unless it has seen it.
fn tell(item: &LoadItem, again: bool, library: &Library, speaker: &Speaker) {
    let Some(series) = library.get(item.id).filter(|_| !again) else {
        return;
    };
    let picture = thumbnail::thumbnail(&series.volume);
    let (guess, aside) = match &item.dicom {
        Some(dicom) => (dicom.guess, dicom.aside),
        None => guess::guess(&item.names, &series.volume),
    };
    let summary = SeriesSummary {
        id: item.id,
        dims: series.info.dims,
        spacing_mm: series.info.spacing_mm,
        orientation: series.info.orientation.clone(),
        guess,
        aside,
        notes: library.notes(item.id).to_vec(),
        width: picture.width,
        height: picture.height,
    };
    speaker.say_with(&Event::Series(summary), &[bytes(&picture.grey)]);
}

/// Tells which of the scans that came do not fit the others of their case.
fn compare(
    assignment: [Option<SeriesId>; 4],
    came: &[SeriesId],
    library: &Library,
    speaker: &Speaker,
) {
    let placed = Sequence::ALL.into_iter().zip(assignment);
    let case = placed.filter_map(|(sequence, id)| Some((sequence, id?, library.head(id?)?)));
    let misfits = fits::misfits(case.collect(), came);
    speaker.say(&Event::Compared { misfits });
}

async fn answer(request: &ReadRequest, parts: &[JsValue], library: &Library, speaker: &Speaker) {
    match read_and_show(request, parts, library, speaker).await {
        Ok(()) => {}
        Err(Stop(error, scope)) => speaker.say(&Event::Failed { error, scope }),
    }
}

/// The same voxels where they lie in the space that was read in.
fn at<T: Clone>(image: &Image<T>, place: Option<Affine>) -> Image<T> {
    let mut image = image.clone();
    image.grid.affine = place.unwrap_or(image.grid.affine);
    image
}

async fn read_and_show(
    request: &ReadRequest,
    parts: &[JsValue],
    library: &Library,
    speaker: &Speaker,
) -> Result<(), Stop> {
    export::keep(None);
    let series = request.assignment.map(|id| library.get(id?));
    let lost = (series.iter().zip(&request.assignment)).any(|(s, id)| s.is_none() && id.is_some());
    if lost || series.iter().all(Option::is_none) {
        let error = UserError::new("A scan is missing.", "Add the scans again.");
        return Err(Stop(error, FailureScope::Case));
    }
    library
        .ensure_room_to_read(&request.assignment)
        .map_err(|error| Stop(error, FailureScope::Case))?;
    let heads = request.assignment.map(|id| library.head(id?));
    let case = Case::new(series).looked_at(heads);
    let Reading {
        card,
        mut report,
        labels,
        places,
        brain,
        found,
        segmentation,
    } = read::read(request, parts.first(), case, speaker).await?;

    for (sequence, id) in Sequence::ALL.into_iter().zip(request.assignment) {
        let notes = id.map_or(&[][..], |id| library.notes(id));
        report
            .notes
            .extend(notes.iter().map(|note| format!("{sequence}: {note}")));
    }
    let mut labels = labels;
    if let Some(place) = places[report.space.channel()] {
        labels.grid.affine = place;
    }
    let labels = display::turned(&labels);
    let mut grid = None;
    let mut scales = [Scale::default(); 4];
    let mut parts = vec![bytes(&labels.data)];
    let placed = series.iter().copied().zip(places).collect();
    let shown = parallel::map(
        placed,
        |(series, place): (Option<&Series>, Option<Affine>)| {
            let volume = &series?.volume;
            let moved = place.filter(|place| *place != volume.grid.affine);
            Some(match moved {
                Some(_) => display::on_display(&at(volume, moved), &labels.grid),
                None => display::on_display(volume, &labels.grid),
            })
        },
    );
    for (shown, scale) in shown.into_iter().zip(&mut scales) {
        let Some(shown) = shown else {
            parts.push(words(&[]));
            continue;
        };
        grid.get_or_insert_with(|| display::display_grid(&labels, &shown));
        *scale = shown.1;
        parts.push(words(&shown.0));
    }
    let Some(grid) = grid else { return Ok(()) };
    let shown_brain = resample::mask(&brain, &labels.grid).to_labels();
    export::keep(Some(Last {
        assignment: request.assignment,
        places,
        brain,
        found,
    }));
    parts.extend([bytes(&shown_brain.data), bytes(&segmentation)]);
    let finished = Finished {
        report,
        card,
        grid,
        scales,
    };
    speaker.say_with(&Event::Done(Box::new(finished)), &parts);
    Ok(())
}
