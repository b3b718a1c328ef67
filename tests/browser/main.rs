//! The page in a real browser, from end to end.
//!
//! One test after the other, since each may fill both cores; each prints its time. `cargo xtask
//! test --only browser` builds the page and runs them; a name after `--` chooses, as everywhere.

mod answer;
mod archive;
mod benchmark;
mod cancel;
mod cases;
mod checkpoint;
mod devices;
mod dicom;
mod doubtful;
mod faults;
mod files;
mod folders;
mod grids;
mod layout;
mod main_thread;
mod mistakes;
mod models;
mod private;
mod recorder;
mod sample;
mod skull;
mod sub_path;
mod threads;
mod viewer;
mod without;

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use anyhow::Result;
use glioscope_tests::World;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use web_time::Instant;

/// No test is given longer; a GPU made of software is the slowest thing here.
const LIMIT: Duration = Duration::from_secs(30 * 60);

type Test = for<'a> fn(&'a World) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// Lists `module::function` under its own name.
macro_rules! tests {
    ($($module:ident::$name:ident),* $(,)?) => {
        [$((concat!(stringify!($module), "::", stringify!($name)),
            (|world| Box::pin($module::$name(world))) as Test)),*]
    };
}

fn main() {
    let tests = tests![
        recorder::a_foreign_request_and_a_stored_name_are_noticed,
        layout::the_first_screen_fits_a_desk_and_a_phone,
        private::the_first_screen_fetches_no_engine,
        files::names_that_say_nothing_are_told_apart_by_their_pictures,
        files::telling_names_are_guessed_and_can_be_swapped,
        files::a_header_and_its_image_are_one_scan,
        mistakes::a_broken_file_is_refused_and_the_others_stay,
        mistakes::three_scans_say_which_is_missing,
        mistakes::the_same_file_twice_is_refused,
        mistakes::forty_unusable_files_get_one_line,
        folders::a_dropped_folder_is_read_as_its_files,
        folders::a_folder_is_chosen_and_of_two_cases_one_is_taken,
        dicom::of_two_dates_in_an_archive_one_is_chosen,
        dicom::a_folder_of_dicom_is_read_like_mts_reads_it,
        cases::a_segmentation_among_three_scans_is_not_made_the_fourth,
        cases::another_patients_t2_does_not_complete_a_case,
        cases::another_patients_name_begins_a_new_case,
        models::what_is_no_model_is_refused_in_plain_words,
        models::a_model_is_kept_only_when_ticked_and_until_it_is_removed,
        models::a_foreign_checkpoint_is_converted_and_reads_as_by_mts,
        models::a_network_of_ones_own_is_asked_for_its_order_and_tried,
        sample::on_the_cpu_it_answers_as_mts_does,
        threads::an_isolated_page_answers_as_one_thread_does,
        threads::what_does_not_start_is_replaced_unseen,
        threads::cancelling_ends_every_worker,
        without::three_scans_and_their_mirror_image_are_read_as_by_mts,
        devices::without_an_adapter_the_cpu_reads_and_the_page_says_why,
        devices::an_adapter_without_timestamps_is_known_before_the_engine_starts,
        cases::what_comes_after_an_answer_joins_or_begins_as_said,
        doubtful::exchanged_scans_are_doubted_and_offered_back,
        doubtful::a_moved_t2_is_registered_and_said,
        doubtful::a_t1ce_of_zeros_is_named,
        doubtful::another_patients_t2_is_doubted,
        benchmark::the_device_is_measured_and_can_be_left_alone,
        cancel::stops_at_once_and_reads_again,
        grids::four_different_grids_give_a_segmentation_on_the_t1ce,
        skull::raw_scans_are_prepared_and_each_step_is_said,
        main_thread::stays_free_while_the_engine_reads,
        private::a_whole_run_stays_on_its_own_host_and_leaves_no_trace,
        private::a_second_reading_works_offline,
        sub_path::the_page_reads_from_below_a_path,
        layout::loaded_and_done_fit_a_desk_and_a_phone,
        viewer::the_patients_right_is_on_the_screens_left,
        viewer::keys_reach_and_move_everything,
        faults::a_dead_worker_loses_nothing,
        faults::no_memory_left_is_said_and_loses_nothing,
        faults::a_dead_thread_loses_nothing,
        faults::a_lost_device_loses_nothing,
        faults::a_gpu_that_computes_wrongly_is_refused,
        sample::on_webgpu_it_answers_as_mts_does,
    ];
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    // Only what is asked for needs a browser; listing does not.
    let world = if arguments.list { None } else { Some(start()) };
    let trials = tests.map(|(name, test)| {
        let world = world.clone();
        Trial::ignorable_test(name, move || match world {
            Some(world) => run(&world, name, test),
            None => Ok(Completion::Completed),
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.into());
    // Before the exit, which runs no destructors: the driver is a child of ours.
    drop(world);
    conclusion.exit();
}

fn start() -> Arc<World> {
    match World::start() {
        Ok(world) => {
            println!("{}", world.programs.browser_version);
            Arc::new(world)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::exit(101);
        }
    }
}

fn run(world: &World, name: &str, test: Test) -> Result<Completion, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let start = Instant::now();
    let result = runtime.block_on(async {
        let limited = tokio::time::timeout(LIMIT, test(world)).await;
        limited.unwrap_or_else(|_| anyhow::bail!("not done after {LIMIT:?}"))
    });
    println!("    {name}: {:.1} s", start.elapsed().as_secs_f64());
    match result {
        Ok(()) => Ok(Completion::Completed),
        Err(error) => match error.downcast_ref::<Skipped>() {
            Some(skipped) => {
                println!("    skipped: {skipped}");
                Ok(Completion::ignored_with(skipped))
            }
            None => Err(format!("{error:#}").into()),
        },
    }
}

/// Why a test did not run here.
#[derive(Debug)]
struct Skipped(String);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Skipped {}
