package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/signin"
)

func accountCommand(c *cli) *cobra.Command {
	command := &cobra.Command{
		Use:   "account",
		Short: "Add, list and disable accounts of the pages, and give out one-time codes",
		Args:  asYourInput(nil),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(accountAddCommand(c), accountListCommand(c), accountCodeCommand(c),
		accountDisableCommand(c, "disable", true), accountDisableCommand(c, "enable", false))
	return command
}

// accounts opens the directory of accounts, with the counts of failed log-ins and the
// trail; the context says who is at the machine.
func (a *app) accounts(ctx context.Context) (context.Context, *signin.Directory, *signin.Attempts, *audit.Log, error) {
	config, _, err := a.pages(ctx)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	by := audit.By{Who: "cli:" + whoIsHere(), From: "local"}
	return audit.With(ctx, by), signin.NewDirectory(config.Accounts, now), signin.NewAttempts(config.Sessions, now), config.Audit, nil
}

// whoIsHere is the user of the operating system.
func whoIsHere() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}

// oneTimeDays is a flag: how many days a code is valid.
func oneTimeDays(command *cobra.Command, days *int) {
	command.Flags().IntVar(days, "days", int(signin.DefaultCodeValid/(24*time.Hour)), "days for which the one-time code is valid, 1 to 90")
}

func codeValid(days int) (time.Duration, error) {
	if days < 1 || days > 90 {
		return 0, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--days %d: want 1 to 90", days))
	}
	return time.Duration(days) * 24 * time.Hour, nil
}

func accountAddCommand(c *cli) *cobra.Command {
	var added account.Account
	var role string
	var days int
	command := &cobra.Command{
		Use:   "add NAME",
		Short: "Add an account and print the one-time code of its first log-in",
		Example: `  zhibiao account add qingxu --role county --region 140121 --display 清徐县市场监管局
  zhibiao account add jiliang --role unit --region 140000 --unit 计量处
  zhibiao account add admin --role admin`,
		Args: asYourInput(cobra.ExactArgs(1)),
	}
	command.Flags().StringVar(&role, "role", "", "county, city, province, unit, analyst or admin")
	command.Flags().StringVar(&added.Region, "region", account.Nation, "GB/T 2260 code that the account works for")
	command.Flags().StringVar(&added.Unit, "unit", "", "coordinating unit, for the role unit")
	command.Flags().StringVar(&added.Display, "display", "", "what the pages call the account")
	command.Flags().StringVar(&added.SSO, "sso", "", "who the account is to the issuer of single sign-on")
	oneTimeDays(command, &days)
	command.RunE = c.makingFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
		added.Name = args[0]
		parsed, err := account.ParseRole(role)
		if err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--role: %w", err))
		}
		added.Role = parsed
		return c.accountAdd(ctx, a, added, days)
	})
	return command
}

func (c *cli) accountAdd(ctx context.Context, a *app, added account.Account, days int) error {
	valid, err := codeValid(days)
	if err == nil {
		err = a.checkScope(added)
	}
	if err != nil {
		return err
	}
	ctx, directory, _, trail, err := a.accounts(ctx)
	if err != nil {
		return err
	}
	oneTime, err := directory.Add(ctx, added, valid)
	if err != nil {
		return err
	}
	err = trail.Record(ctx, audit.Event{What: "account.add", Object: added.Name, Region: added.Region,
		Detail: map[string]string{"role": string(added.Role), "unit": added.Unit, "sso": added.SSO}})
	if err != nil {
		return errors.Join(environment("adding "+added.Name, err), directory.SetDisabled(ctx, added.Name, true))
	}
	c.printf("account   %s (%s, %s)\n", added.Name, added.Role, added.Region)
	c.tellCode(oneTime, days)
	return nil
}

func (c *cli) tellCode(oneTime string, days int) {
	c.printf("code      %s\n", oneTime)
	c.printf("          valid for %d days and once, at /login/code of the pages; it is not shown again\n", days)
}

// checkScope refuses a region or unit that does not exist.
func (a *app) checkScope(added account.Account) error {
	known := added.Region == account.Nation || slices.ContainsFunc(a.set.Regions(), func(r pipeline.Region) bool { return r.Code == added.Region })
	if !known {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--region %s: there is no such region", added.Region))
	}
	if added.Unit == "" {
		return nil
	}
	var units []string
	for _, indicator := range a.set.Indicators() {
		if unit := indicator.CoordinatingUnit; unit != "" && !slices.Contains(units, unit) {
			units = append(units, unit)
		}
	}
	if !slices.Contains(units, added.Unit) {
		slices.Sort(units)
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--unit %s: no indicator is in this unit's workbook; choose from %s", added.Unit, strings.Join(units, ", ")))
	}
	return nil
}

func accountListCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the accounts",
		Args:  asYourInput(nil),
		RunE: c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
			ctx, directory, _, _, err := a.accounts(ctx)
			if err != nil {
				return err
			}
			all, err := directory.List(ctx)
			if err != nil {
				return err
			}
			for _, s := range all {
				c.printf("%-20s  %-8s  %s  %-24s  %s\n", s.Name, s.Role, s.Region, strings.TrimSpace(s.Display+" "+s.Unit), standing(s))
			}
			if len(all) == 0 {
				c.printf("no accounts; zhibiao account add makes one\n")
			}
			return nil
		}),
	}
}

func standing(s signin.Standing) string {
	var words []string
	switch {
	case s.Disabled:
		words = append(words, "disabled")
	case !s.SignedIn && s.SSO == "":
		words = append(words, "never signed in")
	}
	if !s.CodeUntil.IsZero() && !s.Disabled {
		word := "code until "
		if s.CodeUntil.Before(now()) {
			word = "code ran out "
		}
		words = append(words, word+s.CodeUntil.Local().Format("2006-01-02"))
	}
	if s.Factor {
		words = append(words, "authenticator")
	}
	if s.SSO != "" {
		words = append(words, "single sign-on as "+s.SSO)
	}
	return strings.Join(words, ", ")
}

func accountCodeCommand(c *cli) *cobra.Command {
	var days int
	var resetFactor bool
	command := &cobra.Command{
		Use:   "code NAME",
		Short: "Print a new one-time code, with which the account sets a new password",
		Long: `Print a new one-time code, with which the account sets a new password. The present
password stays good until then. An account that had to wait after failed log-ins may
try again at once.`,
		Args: asYourInput(cobra.ExactArgs(1)),
	}
	oneTimeDays(command, &days)
	command.Flags().BoolVar(&resetFactor, "reset-authenticator", false, "the authenticator is lost: set up another one with the code")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
		valid, err := codeValid(days)
		if err != nil {
			return err
		}
		ctx, directory, attempts, trail, err := a.accounts(ctx)
		if err != nil {
			return err
		}
		if _, err := directory.Get(ctx, args[0]); err != nil {
			return unknownAccount(args[0], err)
		}
		if err := trail.Record(ctx, audit.Event{What: "account.code", Object: args[0], Detail: map[string]string{"reset_authenticator": fmt.Sprint(resetFactor)}}); err != nil {
			return environment("making a code", err)
		}
		oneTime, err := directory.NewCode(ctx, args[0], valid, resetFactor)
		if err != nil {
			return unknownAccount(args[0], err)
		}
		if err := attempts.Forget(ctx, args[0]); err != nil {
			return environment("letting the account try again", err)
		}
		c.tellCode(oneTime, days)
		return nil
	})
	return command
}

func unknownAccount(name string, err error) error {
	if errors.Is(err, signin.ErrUnknown) {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("account %s: %w; zhibiao account list has them", name, err))
	}
	return err
}

func accountDisableCommand(c *cli, verb string, disabled bool) *cobra.Command {
	short := "Let a disabled account sign in again"
	if disabled {
		short = "Disable an account and end its sessions"
	}
	return &cobra.Command{
		Use:   verb + " NAME",
		Short: short,
		Args:  asYourInput(cobra.ExactArgs(1)),
		RunE: c.inFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
			ctx, directory, _, trail, err := a.accounts(ctx)
			if err != nil {
				return err
			}
			if _, err := directory.Get(ctx, args[0]); err != nil {
				return unknownAccount(args[0], err)
			}
			if err := trail.Record(ctx, audit.Event{What: "account." + verb, Object: args[0]}); err != nil {
				return environment("changing the account", err)
			}
			if err := directory.SetDisabled(ctx, args[0], disabled); err != nil {
				return unknownAccount(args[0], err)
			}
			c.printf("%s is %sd\n", args[0], verb)
			return nil
		}),
	}
}
