import { poissonDeviance } from "@crossbill/calibration";
import { v1 } from "@crossbill/messages";

export function squaredError(label: number, prediction: number): number {
  return (prediction - label) * (prediction - label);
}

/** By which models of numbers are compared: squared error (squared head), deviance (poisson head; its loss is no ratio: it may be below 0). */
export function numberLoss(head: v1.Head): (label: number, prediction: number) => number {
  return head === v1.Head.POISSON ? poissonDeviance : squaredError;
}
