package supplement

import (
	"context"
	"errors"
	"net/http"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/web"
)

// ActorOf returns who acts at the desk in a request.
func ActorOf(ctx context.Context) desk.Actor {
	a, _ := account.From(ctx)
	return desk.Actor{Account: a.Name, Role: desk.Role(a.Role), Region: a.Region, Address: audit.Address(ctx)}
}

var statuses = map[desk.ProblemKind]int{
	desk.Stale: http.StatusConflict, desk.TooLate: http.StatusConflict, desk.NotOpen: http.StatusConflict,
	desk.Forbidden: http.StatusForbidden, desk.NotThere: http.StatusNotFound, desk.TooLarge: http.StatusRequestEntityTooLarge,
}

// StatusOf returns the status of HTTP that tells of a person's problem.
func StatusOf(kind desk.ProblemKind) int {
	if status, ok := statuses[kind]; ok {
		return status
	}
	return http.StatusUnprocessableEntity
}

// Told makes of a desk's error one that a person is shown: his problem in the desk's
// words, or that our side is away for the moment.
func Told(err error) error {
	var problem *desk.Problem
	var shown *web.Problem
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &problem):
		return web.Refuse(StatusOf(problem.Kind), problem.Words.ZH, problem.Words.EN)
	case errors.As(err, &shown), errors.As(err, &large), pipeline.ExitCode(err) == pipeline.ExitYourInput:
		return err
	}
	return &web.Problem{Status: http.StatusServiceUnavailable, Cause: err,
		ZH: "系统暂时无法使用，请稍后再试，已保存的草稿没有丢失。",
		EN: "The system is not available at the moment. The draft that was saved is safe; try again in a while."}
}

// problemIn returns the person's problem in an error, nil for an outage.
func problemIn(err error) *desk.Problem {
	var problem *desk.Problem
	if errors.As(err, &problem) {
		return problem
	}
	return nil
}

func tell(ctx context.Context, problem bool, zh, en string) {
	web.Tell(ctx, web.Note{Problem: problem, ZH: zh, EN: en})
}
