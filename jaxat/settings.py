"""What each setting of a training run means: the text of ``python -m jaxat show``."""

from __future__ import annotations

from typing import Literal

__all__ = [
    "MEANING",
    "AttackNorm",
    "BatchNormInAttack",
    "Compiled",
    "EnSGD",
    "EvalStatistics",
    "ObjectiveName",
    "Selection",
    "Start",
]

ObjectiveName = Literal["standard", "adversarial", "trades", "noise"]
AttackNorm = Literal["linf", "l2", "l1"]
Start = Literal["uniform", "clean", "gaussian"]
BatchNormInAttack = Literal["eval", "local", "reference"]
EnSGD = Literal["none", "first", "second"]
Selection = Literal["val", "test", "last"]
EvalStatistics = Literal["auto", "running", "recalibrated"]
Compiled = Literal["epoch", "step"]

MEANING: dict[str, str] = {
    "dataset": "a name of python -m jaxat data list",
    "train_size": "use only the first so many training images; none for all",
    "test_size": "use only the first so many test images; none for all",
    "augment": "crop, flip or rotate as is usual for the data set",
    "batch": "images in a minibatch",
    "model": "a name of jaxat.models.available(); model.OPTION=value sets its options",
    "model_options": "options of the model, as model.width=16",
    "objective": "standard, adversarial (AT), trades, or noise (uniform in the ball)",
    "beta": "weight of the divergence in TRADES",
    "norm": "norm of the perturbation",
    "eps": "its radius, in input units, as 8/255",
    "attack_steps": "steps of PGD in training",
    "attack_step": "their length, as 2/255, 0.01 or 0.15*eps",
    "attack_start": "uniform in the ball, clean (the image itself), or gaussian (0.001, TRADES)",
    "attack_bn": "BatchNorm during the attack: eval (running statistics), local (those of the "
    "batch), reference (local, and every pass moves the running ones)",
    "epochs": "passes over the training set, counted in minibatches (EntropySGD uses several of "
    "them for an outer step)",
    "lr": "learning rate of the outer optimiser",
    "lr_drops": "from an epoch on the learning rate is lr times the factor, as lr_drops.100=0.1",
    "momentum": "of the outer optimiser",
    "nesterov": "whether that momentum is Nesterov's (EntropySGD's reference: yes)",
    "weight_decay": "of all parameters; at the perturbed weights under AWP, as in its public code",
    "awp": "gamma of adversarial weight perturbation; 0 for none",
    "awp_from": "first epoch with AWP",
    "ensgd": "none, or first or second order EntropySGD",
    "ensgd_scope": "its gamma",
    "ensgd_steps": "its L, Langevin minibatches in an outer step",
    "ensgd_step": "its inner learning rate, constant over training",
    "ensgd_noise": "its noise",
    "ensgd_averaging": "its alpha (reference: the weight of the old mean)",
    "ensgd_convention": "reference, paper or printed; see jaxat.optim.entropy_sgd",
    "ensgd_from": "first epoch with EntropySGD; plain SGD (with AWP, if there is any) before it",
    "ensgd_until": "epoch from which plain SGD goes on (AWP stays); none for never",
    "ensgd_then_lr": "its learning rate then",
    "select": "which weights are reported: best on held-back images (val), best on the test set "
    "(test, as the papers do, which leaks), or the last",
    "held_back": "training images held back for select=val",
    "eval_every": "epochs between evaluations",
    "eval_objective": "what evaluation attacks with: adversarial (PGD), noise, or standard",
    "eval_steps": "steps of PGD in evaluation",
    "eval_step": "their length",
    "eval_start": "as attack_start",
    "eval_batch": "images evaluated at once",
    "eval_train": "training images on which robust accuracy is evaluated too, at the end; 0: all",
    "eval_statistics": "BatchNorm in evaluation: running, or recalibrated at the evaluated "
    "weights; auto: recalibrated with EntropySGD, whose running ones belong to other weights",
    "compiled": "epoch (many updates in one compiled call) or step (one)",
    "chunk": "updates in one compiled call of compiled=epoch",
    "attack_unroll": "steps of the training attack in one round of its compiled loop (as many as "
    "it has: no loop); none chooses by platform",
    "checkpoint_every": "epochs between checkpoints; the last one is always kept",
    "tensorboard": "write TensorBoard event files too (needs tensorboardX)",
}
