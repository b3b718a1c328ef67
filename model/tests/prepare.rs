//! Compiling before the first window. By itself: CubeCL's dry run is a whole process's.
#![cfg(all(feature = "gpu", not(target_arch = "wasm32")))]

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use mts_unet::kernels::programs_compiled;
use mts_unet::network::config::{HeadConfig, HeadInput, SwinUnetrConfig, Task};
use mts_unet::network::{Finest, MtsUnet, MtsUnetConfig};
use mts_unet::{ModelError, device, golden};

const WINDOW: [usize; 3] = [64, 32, 96];

fn network(device: &Device) -> MtsUnet {
    let head = HeadConfig {
        task: Task::Idh,
        input: HeadInput::Dsf,
        classes: 2,
    };
    let config = MtsUnetConfig::new(SwinUnetrConfig::new(12)).with_heads(vec![head]);
    golden::network(&config, device).expect("the numbers make a network")
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data = pollster::block_on(tensor.into_data_async()).expect("the device answers");
    data.try_to_vec().expect("it is f32")
}

fn answer(network: &MtsUnet, device: &Device) -> Vec<f32> {
    let output = network
        .forward(golden::input(4, WINDOW, device))
        .expect("it suits");
    let mut numbers = read(output.logits);
    numbers.extend(read(output.heads[0].logits.clone()));
    numbers
}

#[test]
fn a_prepared_network_compiles_nothing_more_and_answers_as_ever() {
    let gpu = match pollster::block_on(device::open_gpu()) {
        Ok(gpu) => gpu,
        Err(error) => return println!("skipped, no GPU: {error}"),
    };
    let gpu = gpu.device;
    let network_here = network(&gpu);

    // Nobody wants it any more: the rest is left.
    let mut told = 0;
    let stopped = pollster::block_on(device::prepare(&network_here, WINDOW, &gpu, |_| {
        told += 1;
        match told {
            3 => Err(ModelError::Cancelled),
            _ => Ok(()),
        }
    }));
    assert!(matches!(stopped, Err(ModelError::Cancelled)), "{stopped:?}");
    assert_eq!(told, 3);

    check(&network_here, &gpu, 5);
    // What groups run is no other set of ours but for one.
    check(&network(&gpu).with_finest(Finest::Groups(4)), &gpu, 0);
    not_drawn_yet(&gpu);
}

/// More programs than `least` are compiled, and all that are needed.
fn check(network_here: &MtsUnet, gpu: &Device, least: usize) {
    let mut shares = Vec::new();
    let prepared = pollster::block_on(device::prepare(network_here, WINDOW, gpu, |done| {
        shares.push(done);
        Ok(())
    }));
    let programs = prepared.expect("nothing stops it");
    println!("{programs} programs more, memory {:?}", device::memory(gpu));
    assert!(programs > least, "{programs}");
    assert!(
        shares.is_sorted() && shares.len() == 11 && shares[10] == 1.0,
        "{shares:?}"
    );

    let before = programs_compiled();
    let found = answer(network_here, gpu);
    assert_eq!(programs_compiled(), before);
    let cpu = Device::flex();
    let expected = answer(&network(&cpu), &cpu);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            (found - expected).abs() < 1e-3,
            "{found} instead of {expected}"
        );
    }
}

/// Burn draws a parameter when it is first asked for, which must not be in the dry run.
fn not_drawn_yet(gpu: &Device) {
    let network = MtsUnetConfig::new(SwinUnetrConfig::new(12)).init(gpu);
    let network = network.expect("the numbers make a network");
    let prepared = pollster::block_on(device::prepare(&network, WINDOW, gpu, |_| Ok(())));
    prepared.expect("nothing stops it");
    network.visit(&mut Drawn);
}

struct Drawn;

impl ModuleVisitor for Drawn {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = read(param.val());
        // Biases and scales may be all the same; a kernel is drawn from about 0.
        if D == 5 {
            assert!(values.iter().all(|value| value.abs() <= 1.0));
            assert!(values.iter().any(|&value| value > 0.0));
            assert!(values.iter().any(|&value| value < 0.0));
        }
    }
}
